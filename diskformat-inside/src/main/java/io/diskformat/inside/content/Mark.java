package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.Optional;

/** The mark of one kind of content. Stateless. */
interface Mark {

  /**
   * Returns the content that bears the mark, if its fields are plausible and its checksum is right.
   *
   * @throws IOException if the volume cannot be read
   */
  Optional<Content> find(DeviceBytes volume) throws IOException;

  /**
   * Returns whether volumes may bear this mark and others: a disc may be of ISO 9660 and of UDF,
   * and what begins it may be anything.
   */
  default boolean isTolerant() {
    return false;
  }
}
