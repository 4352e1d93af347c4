package io.diskformat.vmdk;

/** What a descriptor allows of an extent, by the words that it uses. */
enum Access {
  /** Reading and writing. */
  RW,
  /** Reading. */
  RDONLY,
  /** Nothing. */
  NOACCESS
}
