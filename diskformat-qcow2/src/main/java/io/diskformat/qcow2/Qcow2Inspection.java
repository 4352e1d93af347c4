package io.diskformat.qcow2;

import io.diskformat.luks.PassingLuksHeader;
import io.diskformat.spi.NameBytes;
import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Inspects the header of an image that passes by, field by field as {@link HeaderLayout} draws
 * them, so that a finding is reported as soon as its field has passed.
 */
final class Qcow2Inspection {
  private static final String HEADER = "qcow2.header";
  private static final String UNKNOWN_FEATURE = "qcow2.unknown-feature";
  private static final String BACKING_FILE = "qcow2.backing-file";
  private static final String DATA_FILE = "qcow2.data-file";
  private static final String ENCRYPTION_HEADER = "qcow2.encryption-header";

  private final PassingImage image;
  private int version;
  private int clusterBits;
  private long backingName;
  private long incompatible;
  private long l1Position;
  private int l1Entries;
  private long diskSize;
  private boolean named;

  /** Whether it has to say where its LUKS header is, and has not said it yet. */
  private boolean lacksLuks;

  private Qcow2Inspection(PassingImage image) {
    this.image = image;
  }

  static void begin(PassingImage image) {
    image.read(0, 8, new Qcow2Inspection(image)::mark);
  }

  private void mark(ByteBuffer bytes) {
    version = bytes.getInt(HeaderLayout.VERSION);
    if (bytes.getInt(HeaderLayout.MARK) != HeaderParser.MARK || version == 1) {
      return;
    }
    image.recognized();
    if (version != 2 && version != 3) {
      image.refuse(
          UNKNOWN_FEATURE,
          HeaderLayout.VERSION,
          "version " + Integer.toUnsignedString(version) + " is not known");
      return;
    }
    need(HeaderLayout.BACKING_NAME, 8, this::backing);
  }

  private void wrong(long position, String sentence) {
    image.refuse(HEADER, position, sentence);
  }

  private void need(int position, int length, Consumer<ByteBuffer> then) {
    image.need(position, length, "the header", then);
  }

  private void backing(ByteBuffer bytes) {
    backingName = bytes.getLong();
    if (backingName != 0) {
      image.refuse(BACKING_FILE, HeaderLayout.BACKING_NAME, "it is a difference to a backing file");
    }
    need(HeaderLayout.BACKING_NAME_LENGTH, 8, this::clusters);
  }

  private void clusters(ByteBuffer bytes) {
    int nameLength = bytes.getInt(0);
    clusterBits = bytes.getInt(4);
    if (clusterBits < Qcow2Header.MIN_CLUSTER_BITS || clusterBits > Qcow2Header.MAX_CLUSTER_BITS) {
      wrong(
          HeaderLayout.CLUSTER_BITS,
          "cluster_bits is " + Integer.toUnsignedString(clusterBits) + ", not 9 to 21");
      return;
    }
    if (backingName != 0) {
      name(nameLength);
    }
    need(HeaderLayout.DISK_SIZE, 8, this::size);
  }

  private void name(int length) {
    long end = backingName + length;
    if (length < 0
        || length > Qcow2Header.MAX_BACKING_NAME
        || backingName < 0
        || end > 1L << clusterBits) {
      wrong(
          HeaderLayout.BACKING_NAME,
          "the backing file's name has %s bytes at %s, which is not in the first cluster"
              .formatted(Integer.toUnsignedString(length), Long.toUnsignedString(backingName)));
    } else if (length > 0) {
      image.need(
          backingName,
          length,
          "the backing file's name",
          bytes -> image.warn(BACKING_FILE, backingName, "the backing file is " + text(bytes)));
    }
  }

  private static String text(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return "\"" + NameBytes.decode(bytes) + "\"";
  }

  private void size(ByteBuffer bytes) {
    diskSize = bytes.getLong();
    image.disk(diskSize < 0 ? diskSize : diskSize & -512, HeaderLayout.DISK_SIZE);
    need(HeaderLayout.ENCRYPTION, 4, this::encryption);
  }

  private void encryption(ByteBuffer bytes) {
    int method = bytes.getInt();
    Encryption[] methods = Encryption.values();
    if (method < 0 || method >= methods.length) {
      image.refuse(
          UNKNOWN_FEATURE,
          HeaderLayout.ENCRYPTION,
          "encryption method " + Integer.toUnsignedString(method) + " is not known");
    } else {
      methods[method]
          .optionName()
          .ifPresent(name -> image.encrypted(name, HeaderLayout.ENCRYPTION));
      lacksLuks = methods[method] == Encryption.LUKS;
    }
    need(HeaderLayout.L1_ENTRIES, 12, this::l1);
  }

  private void l1(ByteBuffer bytes) {
    l1Entries = bytes.getInt(0);
    l1Position = bytes.getLong(4);
    if (l1Entries < 0 || l1Entries * 8L > Qcow2Header.MAX_L1_BYTES) {
      wrong(
          HeaderLayout.L1_ENTRIES,
          "the L1 table has " + Integer.toUnsignedString(l1Entries) + " entries, more than 32 MiB");
      l1Entries = 0;
    } else if (l1Entries > 0 && isTable("L1 table", HeaderLayout.L1_TABLE, l1Position)) {
      image.reaches(l1Position + l1Entries * 8L, "the L1 table");
    } else {
      l1Entries = 0;
    }
    need(HeaderLayout.REFCOUNT_TABLE, 12, this::refcounts);
  }

  private boolean isTable(String what, int field, long position) {
    boolean good =
        position >= 0 && position < 1L << 56 && (position & (1L << clusterBits) - 1) == 0;
    if (!good) {
      wrong(
          field,
          "the %s is at %s, not at the start of a cluster below 2 to the 56"
              .formatted(what, Long.toUnsignedString(position)));
    }
    return good;
  }

  private void refcounts(ByteBuffer bytes) {
    long position = bytes.getLong(0);
    int clusters = bytes.getInt(8);
    if (clusters <= 0 || (long) clusters << clusterBits > Qcow2Header.MAX_REFCOUNT_TABLE_BYTES) {
      wrong(
          HeaderLayout.REFCOUNT_TABLE_CLUSTERS,
          "the refcount table has %s clusters, not 1 to 8 MiB's worth"
              .formatted(Integer.toUnsignedString(clusters)));
    } else if (isTable("refcount table", HeaderLayout.REFCOUNT_TABLE, position)) {
      image.reaches(position + 1, "the refcount table");
    }
    need(HeaderLayout.SNAPSHOTS, 12, this::snapshots);
  }

  private void snapshots(ByteBuffer bytes) {
    int count = bytes.getInt(0);
    long position = bytes.getLong(4);
    if (count < 0 || count > Qcow2Header.MAX_SNAPSHOTS) {
      wrong(
          HeaderLayout.SNAPSHOTS,
          "there are " + Integer.toUnsignedString(count) + " snapshots, more than 65536");
    } else if (count > 0 && isTable("snapshot table", HeaderLayout.SNAPSHOT_TABLE, position)) {
      image.warn(
          "qcow2.snapshots",
          HeaderLayout.SNAPSHOTS,
          "it holds " + count + " snapshots, with what the disk held before");
      image.reaches(position + 1, "the snapshot table");
    }
    if (version == 2) {
      beginL1(false);
      extensions(HeaderLayout.VERSION_2_END);
    } else {
      need(HeaderLayout.INCOMPATIBLE, 8, this::features);
    }
  }

  private void features(ByteBuffer bytes) {
    incompatible = bytes.getLong();
    int at = HeaderLayout.INCOMPATIBLE;
    if (has(Qcow2Header.EXTERNAL_DATA)) {
      image.refuse(DATA_FILE, at, "its data is in another file");
    }
    if (has(Qcow2Header.CORRUPT)) {
      image.refuse("qcow2.corrupt", at, "it is marked as corrupt");
    }
    if (has(Qcow2Header.DIRTY)) {
      image.warn("qcow2.dirty", at, "it was not closed");
    }
    long unknown = incompatible & ~HeaderParser.KNOWN_INCOMPATIBLE;
    if (unknown != 0) {
      image.refuse(
          UNKNOWN_FEATURE,
          at,
          "incompatible feature bit %d is not known"
              .formatted(Long.numberOfTrailingZeros(unknown)));
    }
    if (has(Qcow2Header.EXTENDED_L2) && clusterBits < Qcow2Header.MIN_EXTENDED_L2_CLUSTER_BITS) {
      image.refuse(HEADER, at, "extended L2 entries need clusters of 16 KiB at least");
    }
    beginL1(has(Qcow2Header.EXTENDED_L2));
    need(HeaderLayout.REFCOUNT_ORDER, 8, this::length);
  }

  private boolean has(long bit) {
    return (incompatible & bit) != 0;
  }

  private void beginL1(boolean extended) {
    int coverageBits = 2 * clusterBits - L2Entry.sizeBits(extended);
    long needed = L1Table.entriesFor(diskSize, 1L << coverageBits);
    if (diskSize >= 0 && l1Entries < needed) {
      wrong(
          HeaderLayout.L1_ENTRIES,
          "the L1 table has %d entries, and the disk's size needs %d".formatted(l1Entries, needed));
    }
    if (l1Entries > 0) {
      boolean ownData = !has(Qcow2Header.EXTERNAL_DATA);
      new TableInspection(image, clusterBits, extended, ownData).begin(l1Position, l1Entries);
    }
  }

  private void length(ByteBuffer bytes) {
    int order = bytes.getInt(0);
    int length = bytes.getInt(4);
    if (order < 0 || order > 6) {
      wrong(
          HeaderLayout.REFCOUNT_ORDER,
          "refcount_order is " + Integer.toUnsignedString(order) + ", not 0 to 6");
    }
    if (length < HeaderLayout.VERSION_3_END || length > 1 << clusterBits) {
      wrong(
          HeaderLayout.LENGTH,
          "header_length is %s, not 104 to the size of a cluster"
              .formatted(Integer.toUnsignedString(length)));
      return;
    }
    if (length > HeaderLayout.COMPRESSION_TYPE) {
      need(HeaderLayout.COMPRESSION_TYPE, 1, type -> compression(type.get() & 0xff));
    } else {
      compression(0);
    }
    extensions(length);
  }

  private void compression(int type) {
    if (type > 1) {
      image.refuse(
          UNKNOWN_FEATURE,
          HeaderLayout.COMPRESSION_TYPE,
          "compression type " + type + " is not known");
    } else if (type != 0 != has(Qcow2Header.COMPRESSION)) {
      wrong(
          HeaderLayout.COMPRESSION_TYPE,
          "compression type " + type + " contradicts incompatible feature bit 3");
    }
  }

  /** Goes from one header extension to the next. */
  private void extensions(long position) {
    long end = backingName > 0 ? Math.min(backingName, 1L << clusterBits) : 1L << clusterBits;
    if (position > end - 8) {
      noMoreExtensions();
      return;
    }
    image.read(
        position,
        8,
        bytes -> {
          int type = bytes.getInt(0);
          int length = bytes.getInt(4);
          if (type == 0 && length == 0) {
            noMoreExtensions();
            return;
          }
          if (length < 0 || length > end - position - 8) {
            image.refuse(
                HEADER,
                position,
                "header extension 0x%08x has %s bytes, more than there is room for"
                    .formatted(type, Integer.toUnsignedString(length)));
            return;
          }
          if (type != 0) {
            extension(type, position, length);
            extensions(position + 8 + (length + 7 & -8));
          }
        });
  }

  private void noMoreExtensions() {
    if (lacksLuks) {
      image.refuse(
          ENCRYPTION_HEADER,
          HeaderLayout.ENCRYPTION,
          "no header extension says where the encryption header is");
    }
  }

  private void luks(ByteBuffer bytes, long position) {
    EncryptionHeader header = new EncryptionHeader(bytes.getLong(), bytes.getLong());
    if (!header.isPossible(1L << clusterBits)) {
      image.refuse(
          ENCRYPTION_HEADER,
          position,
          "the encryption header has %s bytes at %s, not up to 16 MiB at the start of a cluster"
              .formatted(
                  Long.toUnsignedString(header.length()),
                  Long.toUnsignedString(header.position())));
      return;
    }
    image.reaches(header.end(), "the encryption header");
    PassingLuksHeader.look(
        image,
        new PassingLuksHeader.Rules(UNKNOWN_FEATURE, ENCRYPTION_HEADER),
        header.position(),
        header.length());
  }

  private void extension(int type, long position, int length) {
    if (type == HeaderExtensions.ENCRYPTION_HEADER && lacksLuks) {
      lacksLuks = length < EncryptionHeader.EXTENSION_LENGTH;
      if (!lacksLuks) {
        image.read(position + 8, EncryptionHeader.EXTENSION_LENGTH, bytes -> luks(bytes, position));
      }
    }
    if (type != HeaderExtensions.DATA_FILE || length == 0) {
      return;
    }
    if (!has(Qcow2Header.EXTERNAL_DATA)) {
      image.refuse(
          DATA_FILE, position, "it names a data file, and its data is said to be in the image");
    }
    if (!named && length <= PassingImage.MOST_BYTES) {
      named = true;
      image.read(
          position + 8,
          length,
          bytes -> image.warn(DATA_FILE, position, "the data file is " + text(bytes)));
    }
  }
}
