package io.diskformat.vmdk;

/**
 * The parts of an image that change with its disk.
 *
 * @param contentId before the first change
 * @param resize when the disk gets another size
 */
record VmdkChanges(ContentId contentId, VmdkResize resize) {}
