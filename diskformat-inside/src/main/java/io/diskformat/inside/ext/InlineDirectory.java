package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a directory that has no blocks: where numbers of blocks are else, the inode that
 * it is in, and entries; and more of them in an extended attribute.
 */
final class InlineDirectory implements DirectoryAreas {
  private static final int ENTRIES_AT = Inode.BLOCKS_AT + Integer.BYTES;
  private static final int ENTRIES_SIZE = Inode.BLOCKS_SIZE - Integer.BYTES;

  private final ExtVolume volume;
  private final Inode inode;
  private int next;
  private long position;

  InlineDirectory(ExtVolume volume, Inode inode) {
    this.volume = volume;
    this.inode = inode;
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException {
    return switch (next++) {
      case 0 -> {
        position = inode.position() + ENTRIES_AT;
        yield inode.bytes().slice(ENTRIES_AT, ENTRIES_SIZE).order(inode.bytes().order());
      }
      case 1 -> inAttribute();
      default -> null;
    };
  }

  private @Nullable ByteBuffer inAttribute() throws IOException {
    Optional<ExtendedAttribute> more = new ExtendedAttributes(volume, inode).inlineData();
    if (more.isEmpty() || more.get().size() == 0) {
      return null;
    }
    ExtendedAttribute data = more.get();
    if (data.inode() != 0) {
      throw corrupt(data.position(), "has entries in another inode");
    }
    position = data.position();
    return inode.bytes().slice(data.valueAt(), data.size()).order(inode.bytes().order());
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long parent() {
    return Integer.toUnsignedLong(inode.bytes().getInt(Inode.BLOCKS_AT));
  }

  @Override
  public CorruptImageException corrupt(long where, String problem) {
    return volume.corrupt("directory", where, "of inode " + inode.number() + " " + problem);
  }
}
