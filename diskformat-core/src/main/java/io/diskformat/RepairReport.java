package io.diskformat;

/**
 * The result of a repair. Immutable.
 *
 * @param corruptionsFixed the number of errors that were repaired
 * @param leaksFixed the number of leaked clusters that were freed
 * @param left the report of a check after the repair
 */
public record RepairReport(long corruptionsFixed, long leaksFixed, CheckReport left) {}
