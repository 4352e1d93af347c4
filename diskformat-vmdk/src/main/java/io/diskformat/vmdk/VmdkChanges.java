package io.diskformat.vmdk;

/**
 * What changes beside the disk of an image that is written.
 *
 * @param contentId before the first change
 * @param resize when the disk gets another size
 */
record VmdkChanges(ContentId contentId, VmdkResize resize) {}
