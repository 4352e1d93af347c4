package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Lays out a new COWD extent. Its grain tables come as they are needed. Of {@link CowdExtent}'s
 * header, this writes as well
 *
 * <pre>
 * offset  size  field
 *  32       4   cylinders    } of a disk without a parent
 *  36       4   heads        }
 *  40       4   sectors      }
 *  32    1024   the parent's name, of a disk that has one
 * </pre>
 */
final class NewCowdExtent {
  private static final int HEADER = 2048;

  /** The position of the grain directory, in sectors. */
  private static final int DIRECTORY = HEADER >>> ExtentLine.SECTOR_BITS;

  private static final int VERSION = 1;
  private static final int FLAGS = 3;
  private static final int MOST_NAME = 1023;

  private NewCowdExtent() {}

  /**
   * Writes an extent.
   *
   * @param storage empty
   */
  static void create(Storage storage, VmdkOptions options) throws IOException {
    long entries = entries(options.sectors());
    long end = end(options.sectors());
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, CowdExtent.MARK);
    header.putInt(4, VERSION);
    header.putInt(8, FLAGS);
    header.putInt(12, (int) options.sectors());
    header.putInt(16, 1);
    header.putInt(20, DIRECTORY);
    header.putInt(24, (int) entries);
    header.putInt(28, (int) end);
    Optional<VmdkOptions.Parent> parent = options.parent();
    if (parent.isPresent()) {
      byte[] name = parent.get().name().getBytes(StandardCharsets.UTF_8);
      header.put(32, Arrays.copyOf(name, Math.min(name.length, MOST_NAME)));
    } else {
      header.putInt(32, (int) options.adapter().cylinders(options.sectors()));
      header.putInt(36, options.adapter().heads);
      header.putInt(40, AdapterType.SECTORS);
    }
    storage.write(0, MemorySegment.ofBuffer(header));
    storage.resize(end << ExtentLine.SECTOR_BITS);
  }

  /** Returns what comes before the first table and grain of a new extent, in bytes. */
  static long overhead(long sectors) {
    return end(sectors) << ExtentLine.SECTOR_BITS;
  }

  private static long entries(long sectors) {
    return Math.ceilDiv(sectors, 1L << CowdExtent.TABLE_BITS);
  }

  private static long end(long sectors) {
    return DIRECTORY + Math.ceilDiv(entries(sectors) << GrainMap.ENTRY_BITS, SparseHeader.LENGTH);
  }
}
