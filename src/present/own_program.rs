//! What tools cost the reader's own program, as a table.

use super::table::{Cell, Table, Value};
use crate::analyse::own_program::ToolOnProgram;
use protocol::Reported;

/// A row a tool.
pub(super) fn table(tools: &[ToolOnProgram]) -> Table {
    let count = |of: fn(&Reported) -> Option<u64>| {
        move |one: &ToolOnProgram| one.totals.as_ref().and_then(of).map(Value::Count)
    };
    let size = |of: fn(&Reported) -> Option<u64>| {
        move |one: &ToolOnProgram| one.totals.as_ref().and_then(of).map(Value::size)
    };
    Table::of(tools)
        .words("tool", "tool", |one: &ToolOnProgram| one.tool.as_str())
        .estimate("CPU time, under it ÷ alone", "cpu", |one| {
            Cell::from(one.cpu).failing(one.failure.clone().unwrap_or_default())
        })
        .aside("95 % interval")
        .bare_estimate("wall time", "wall", |one| one.wall)
        .bare_estimate("peak memory", "memory", |one| one.memory)
        .figure("allocations", "allocations", count(|totals| totals.allocations))
        .figure("frees", "deallocations", count(|totals| totals.deallocations))
        .spare()
        .figure("peak, live", "peak_live_bytes", size(|totals| totals.peak_live_bytes))
        .figure("left at the end", "live_bytes", size(|totals| totals.live_bytes))
        .figure("leaked", "leaked_bytes", size(|totals| totals.leaked_bytes))
        .datum("version", |one| one.version.as_str())
        .table("own-program", "Under tools around it")
        .note(
            "Each tool counts the whole process, the C library and the loader among it, and none says everything. CPU time and \
             memory are of all processes that belong to it. An interval needs seven blocks.",
        )
}
