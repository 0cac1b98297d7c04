// Tables are whole without this. With it, a click on a heading sorts, a long table can be filtered, and a date that is
// long past says so.
(() => {
  "use strict";
  const LONG = 12;

  // A row, with the row of failures that belongs to it.
  const groups = (body) => {
    const found = [];
    for (const row of body.rows) {
      if (row.classList.contains("failures") && found.length > 0) found[found.length - 1].push(row);
      else if (!row.classList.contains("section")) found.push([row]);
    }
    return found;
  };

  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.by !== undefined) return Number(cell.dataset.by);
    const words = cell.textContent.trim();
    return words === "" || words === "–" ? null : words;
  };

  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, "en", { numeric: true });
  };

  const sort = (table, column, rising) => {
    for (const body of table.tBodies) {
      const all = groups(body);
      const isTotal = (group) => group[0].classList.contains("total");
      const rows = all.filter((group) => !isTotal(group));
      rows.sort((a, b) => {
        const [one, other] = [key(a[0], column), key(b[0], column)];
        // What has no figure stays at the end, either way.
        if (one === null || other === null) return compare(one, other);
        return rising ? compare(one, other) : compare(other, one);
      });
      for (const group of [...rows, ...all.filter(isTotal)]) body.append(...group);
    }
  };

  const sortable = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const rising = heading.getAttribute("aria-sort") !== "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
        sort(table, column, rising);
      });
    });
  };

  const filterable = (table) => {
    if (table.querySelectorAll("tbody tr").length < LONG) return;
    const label = document.createElement("label");
    const field = document.createElement("input");
    label.className = "filter";
    field.type = "search";
    label.append("Filter: ", field);
    table.parentElement.before(label);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      for (const body of table.tBodies) {
        const title = body.querySelector(".section");
        const ofSection = title !== null && title.textContent.toLowerCase().includes(wanted);
        let shown = 0;
        for (const group of groups(body)) {
          const text = group.map((row) => row.textContent).join(" ").toLowerCase();
          const isShown = ofSection || text.includes(wanted);
          shown += isShown;
          for (const row of group) row.hidden = !isShown;
        }
        if (title !== null) title.hidden = shown === 0;
      }
    });
  };

  const OLD_DAYS = 90;

  const dated = (table) => {
    // Figures age; the day on which something was published does not.
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    const column = heads.indexOf("measured");
    if (column < 0) return;
    for (const row of table.querySelectorAll("tbody tr")) {
      const cell = row.cells[column];
      const day = cell?.textContent.trim() ?? "";
      if (!/^\d{4}-\d\d-\d\d$/.test(day)) continue;
      const days = (Date.now() - Date.parse(day)) / 86_400_000;
      if (days <= OLD_DAYS) continue;
      const note = document.createElement("small");
      note.className = "old";
      note.append(`over ${OLD_DAYS} days old`);
      cell.append(note);
    }
  };

  for (const table of document.querySelectorAll("table.figures")) {
    if (table.tHead === null) continue;
    dated(table);
    sortable(table);
    filterable(table);
  }
})();
