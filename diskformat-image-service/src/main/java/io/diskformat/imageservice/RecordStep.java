package io.diskformat.imageservice;

import java.io.IOException;

/** What becomes of a record. */
@FunctionalInterface
interface RecordStep {
  ImageRecord of(ImageRecord image) throws IOException;
}
