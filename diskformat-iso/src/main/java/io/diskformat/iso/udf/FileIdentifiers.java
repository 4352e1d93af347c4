package io.diskformat.iso.udf;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names in a directory, one after the other. As much is read ahead as a few blocks hold,
 * however long the directory says that it is.
 *
 * <pre>
 * offset  size  field
 *   18      1   flags: 1 hidden, 2 directory, 4 deleted, 8 the directory above, 16 metadata
 *   19      1   length of the name
 *   20     16   entry of the file ({@link LongAddress})
 *   36      2   length of what is of use for somebody else
 *   38          that, then the name ({@link Osta}), filled up to 4 bytes
 * </pre>
 */
final class FileIdentifiers {
  private static final int CHUNK = 32 << 10;
  private static final int FLAGS = 18;
  private static final int NAME_LENGTH = 19;
  private static final int ENTRY = 20;
  private static final int USE_LENGTH = 36;
  private static final int USE = 38;
  private static final int NO_FILE = 4 | 8 | 16;
  private static final String STRUCTURE = "name in a directory of UDF";

  private final UdfVolume volume;
  private final long directory;
  private final BlockDevice content;
  private long at;
  private long chunkStart;
  private ByteBuffer chunk = ByteBuffer.allocate(0);

  /**
   * A name.
   *
   * @param position what is unlike that of all others
   * @param address of the file's entry
   */
  record Identifier(String name, long position, LongAddress address) {}

  FileIdentifiers(UdfVolume volume, FileEntry entry, List<ByteRange> ranges) {
    this.volume = volume;
    this.directory = entry.position();
    this.content = FileContent.of(volume.disc().device(), ranges);
  }

  /**
   * Returns the next name of a file, or null after the last.
   *
   * @throws CorruptImageException if it makes no sense
   */
  @Nullable Identifier next() throws IOException {
    while (at + USE < content.size()) {
      int start = inChunk(USE);
      int length = USE + use(start) + Byte.toUnsignedInt(chunk.get(start + NAME_LENGTH));
      start = inChunk(length);
      ByteBuffer bytes = chunk.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
      if (Tag.of(bytes) != Tag.FILE_IDENTIFIER) {
        throw corrupt("byte " + at + " of it begins no name");
      }
      long here = at;
      at += length + 3 & -4;
      if ((bytes.get(FLAGS) & NO_FILE) == 0) {
        int nameLength = Byte.toUnsignedInt(bytes.get(NAME_LENGTH));
        return new Identifier(
            Osta.name(bytes, length - nameLength, nameLength),
            directory * 2 + here,
            LongAddress.read(bytes, ENTRY));
      }
    }
    return null;
  }

  private int use(int start) {
    return Short.toUnsignedInt(chunk.getShort(start + USE_LENGTH));
  }

  /** Returns where the present name is among the bytes that were read, with as many of it. */
  private int inChunk(int length) throws IOException {
    if (length > content.size() - at) {
      throw corrupt("its last name is cut short");
    }
    if (at + length > chunkStart + chunk.limit()) {
      byte[] bytes = new byte[(int) Math.min(Math.max(CHUNK, length), content.size() - at)];
      content.read(at, bytes);
      chunk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      chunkStart = at;
    }
    return (int) (at - chunkStart);
  }

  private CorruptImageException corrupt(String problem) {
    return volume.disc().corrupt(STRUCTURE, directory, problem);
  }
}
