package io.diskformat.qcow2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes the header cluster of a new image whose disk has size 0. Section "Header" of the
 * specification.
 */
final class NewHeader {
  private static final int FEATURE_LENGTH = 48;
  private static final int INCOMPATIBLE = 0;
  private static final int COMPATIBLE = 1;
  private static final int AUTOCLEAR = 2;

  /** The name of a feature bit. */
  private record Feature(int type, int bit, String name) {}

  private static final Feature[] FEATURES = {
    new Feature(INCOMPATIBLE, 0, "dirty bit"),
    new Feature(INCOMPATIBLE, 1, "corrupt bit"),
    new Feature(INCOMPATIBLE, 2, "external data file"),
    new Feature(INCOMPATIBLE, 3, "compression type"),
    new Feature(INCOMPATIBLE, 4, "extended L2 entries"),
    new Feature(COMPATIBLE, 0, "lazy refcounts"),
    new Feature(AUTOCLEAR, 0, "bitmaps"),
    new Feature(AUTOCLEAR, 1, "raw external data"),
  };

  private NewHeader() {}

  /**
   * Writes the header.
   *
   * @param cluster zeroes, of the size of a cluster
   * @param first where the structures of the image are
   * @throws IllegalArgumentException if the names in the options do not fit
   */
  static void write(ByteBuffer cluster, Qcow2Options options, FirstClusters first) {
    int clusterSize = cluster.capacity();
    cluster.putInt(HeaderLayout.MARK, HeaderParser.MARK);
    cluster.putInt(HeaderLayout.VERSION, options.version());
    cluster.putInt(HeaderLayout.CLUSTER_BITS, options.clusterBits());
    cluster.putLong(HeaderLayout.REFCOUNT_TABLE, clusterSize);
    cluster.putInt(HeaderLayout.REFCOUNT_TABLE_CLUSTERS, first.tableClusters());
    Encryption encryption = options.encryption().isPresent() ? Encryption.LUKS : Encryption.NONE;
    cluster.putInt(HeaderLayout.ENCRYPTION, encryption.number());
    int at = HeaderLayout.VERSION_2_END;
    if (options.version() >= 3) {
      cluster.putLong(HeaderLayout.INCOMPATIBLE, incompatible(options));
      cluster.putLong(
          HeaderLayout.COMPATIBLE, options.lazyRefcounts() ? Qcow2Header.LAZY_REFCOUNTS : 0);
      cluster.putLong(
          HeaderLayout.AUTOCLEAR, options.rawData() ? Qcow2Header.RAW_EXTERNAL_DATA : 0);
      cluster.putInt(HeaderLayout.REFCOUNT_ORDER, options.refcountOrder());
      cluster.putInt(HeaderLayout.LENGTH, HeaderLayout.END);
      cluster.put(HeaderLayout.COMPRESSION_TYPE, (byte) options.compression().number);
      at = HeaderLayout.END;
    }
    byte[] backing = utf8(options.backingFile().orElse(""));
    int room = clusterSize - backing.length - 8;
    if (options.backingFormat().isPresent()) {
      byte[] format = backingFormat(options.backingFormat().get());
      at = extension(cluster, at, HeaderExtensions.BACKING_FORMAT, format, room);
    }
    if (options.dataFile().isPresent()) {
      at = extension(cluster, at, HeaderExtensions.DATA_FILE, utf8(options.dataFile().get()), room);
    }
    if (encryption == Encryption.LUKS) {
      ByteBuffer pointer = ByteBuffer.allocate(EncryptionHeader.EXTENSION_LENGTH);
      pointer.putLong((long) first.encryption() * clusterSize).putLong(first.encryptionLength());
      at = extension(cluster, at, HeaderExtensions.ENCRYPTION_HEADER, pointer.array(), room);
    }
    int tableLength = FEATURES.length * FEATURE_LENGTH;
    if (options.version() >= 3 && at + 8 + tableLength <= room) {
      // It only names features for other programs, so it is left out where there is no room.
      at = extension(cluster, at, HeaderExtensions.FEATURE_NAMES, featureTable(), room);
    }
    at += 8;
    if (backing.length > 0) {
      if (backing.length > Qcow2Header.MAX_BACKING_NAME || at + backing.length > clusterSize) {
        throw tooLong();
      }
      cluster.putLong(HeaderLayout.BACKING_NAME, at);
      cluster.putInt(HeaderLayout.BACKING_NAME_LENGTH, backing.length);
      cluster.put(at, backing);
    }
  }

  private static long incompatible(Qcow2Options options) {
    return (options.dataFile().isPresent() ? Qcow2Header.EXTERNAL_DATA : 0)
        | (options.compression() == CompressionType.ZSTD ? Qcow2Header.COMPRESSION : 0)
        | (options.extendedL2() ? Qcow2Header.EXTENDED_L2 : 0);
  }

  private static byte[] backingFormat(String name) {
    byte[] bytes = utf8(name);
    if (bytes.length > HeaderExtensions.MAX_BACKING_FORMAT || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          "backing_fmt must be the name of a format, of at most "
              + HeaderExtensions.MAX_BACKING_FORMAT
              + " bytes: "
              + name);
    }
    return bytes;
  }

  private static int extension(ByteBuffer cluster, int at, int type, byte[] data, int room) {
    int end = at + 8 + ((data.length + 7) & -8);
    if (end > room) {
      throw tooLong();
    }
    cluster.putInt(at, type);
    cluster.putInt(at + 4, data.length);
    cluster.put(at + 8, data);
    return end;
  }

  private static IllegalArgumentException tooLong() {
    return new IllegalArgumentException(
        "the names of the backing file and the data file do not fit into the first cluster");
  }

  /** Returns the names of features, as the extension has them. */
  static byte[] featureTable() {
    byte[] table = new byte[FEATURES.length * FEATURE_LENGTH];
    for (int i = 0; i < FEATURES.length; i++) {
      int at = i * FEATURE_LENGTH;
      table[at] = (byte) FEATURES[i].type();
      table[at + 1] = (byte) FEATURES[i].bit();
      byte[] name = utf8(FEATURES[i].name());
      System.arraycopy(name, 0, table, at + 2, name.length);
    }
    return table;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
