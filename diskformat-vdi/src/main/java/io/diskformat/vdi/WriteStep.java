package io.diskformat.vdi;

/** What the writer's barriers come after: the steps of a flush, of moving blocks, of a resize. */
enum WriteStep {
  MODIFICATION,
  DATA_AND_COUNT,
  MAP,
  MOVED_DATA,
  MOVED_MAP,
  LONGER_MAP,
  VACATING_DATA,
  VACATING_MAP,
  NEW_MAP,
  LAYOUT
}
