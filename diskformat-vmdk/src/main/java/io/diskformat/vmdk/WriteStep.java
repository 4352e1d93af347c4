package io.diskformat.vmdk;

/**
 * What the barriers come after: changes of the descriptor, the steps of a flush, the end of
 * writing, a resize.
 */
enum WriteStep {
  DESCRIPTOR_COPY,
  DESCRIPTOR,
  DESCRIPTOR_COPY_GONE,
  UNCLEAN,
  DATA,
  TABLES,
  DIRECTORIES,
  CUT,
  LONGER_DIRECTORIES,
  MOVED_TABLES,
  CAPACITY
}
