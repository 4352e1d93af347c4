package io.diskformat;

/**
 * What a repair did. Immutable.
 *
 * @param corruptionsFixed how many errors were put right
 * @param leaksFixed how many clusters were reclaimed that were allocated and not used
 * @param left what a check found afterwards
 */
public record RepairReport(long corruptionsFixed, long leaksFixed, CheckReport left) {}
