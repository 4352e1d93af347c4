package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The parts of a directory that entries fill, one after the other. For one thread. */
interface DirectoryAreas {

  /** Returns the next, or null after the last. */
  @Nullable ByteBuffer next() throws IOException;

  /** Returns where the one that was read last is, in bytes. */
  long position();

  /** Returns which directory this one is in, if that is no entry; or 0. */
  long parent();

  CorruptImageException corrupt(long where, String problem);
}
