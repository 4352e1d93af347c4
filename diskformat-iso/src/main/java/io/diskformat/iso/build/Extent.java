package io.diskformat.iso.build;

/** What a directory record leads to: blocks, one after the other. */
interface Extent {
  /** What is recorded where there is nothing. */
  Extent EMPTY =
      new Extent() {
        @Override
        public long block() {
          return 0;
        }

        @Override
        public long size() {
          return 0;
        }
      };

  /** Returns the block where it begins; 0 if it is empty. */
  long block();

  /** Returns its size in bytes. */
  long size();
}
