package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.FormatOption;
import io.diskformat.luks.LuksOptions;
import io.diskformat.luks.LuksParameters;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.CommonOptions.Preallocation;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The options of a new image, checked. They have the names and values that {@code qemu-img create
 * -f qcow2 -o help} lists.
 *
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size
 * @param refcountOrder log2 of the width of a refcount in bits
 * @param extendedL2 whether L2 entries are extended
 * @param lazyRefcounts whether refcounts may be updated lazily
 * @param compression how compressed clusters are compressed
 * @param preallocation what is allocated from the start
 * @param backingFile the name of the backing file, recorded as it is
 * @param backingFormat the format of the backing file
 * @param dataFile the name of the external data file, relative to the image
 * @param rawData whether the data file is a raw image of the disk
 * @param encryption how the disk is encrypted, by LUKS, or empty if it is not
 */
record Qcow2Options(
    int version,
    int clusterBits,
    int refcountOrder,
    boolean extendedL2,
    boolean lazyRefcounts,
    CompressionType compression,
    Preallocation preallocation,
    Optional<String> backingFile,
    Optional<String> backingFormat,
    Optional<String> dataFile,
    boolean rawData,
    Optional<LuksParameters> encryption) {

  private static final long SMALLEST_CLUSTER = 512;
  private static final long LARGEST_CLUSTER = 2 << 20;
  private static final String OLD = "0.10";
  private static final String OLD_TOO = "v2";

  private static final FormatOption CLUSTER_SIZE =
      FormatOption.size(
          "cluster_size", "What is allocated at once", 64 << 10, SMALLEST_CLUSTER, LARGEST_CLUSTER);
  private static final FormatOption COMPAT =
      FormatOption.choice(
          "compat", "The version of the format: 2 or 3", "1.1", OLD, OLD_TOO, "1.1", "v3");
  private static final FormatOption COMPRESSION =
      FormatOption.choice(
          "compression_type",
          "How clusters are compressed",
          CompressionType.ZLIB,
          List.of(CompressionType.ZSTD));
  private static final FormatOption DATA_FILE =
      FormatOption.text("data_file", "The file that is to hold the disk's bytes");
  private static final FormatOption RAW_DATA =
      FormatOption.flag("data_file_raw", "The data file is a raw image of the disk");
  private static final String ENCRYPT = "encrypt.";
  private static final FormatOption ENCRYPT_FORMAT =
      FormatOption.choice(ENCRYPT + "format", "How the disk is encrypted", "luks", "luks");
  private static final LuksOptions LUKS = new LuksOptions(ENCRYPT);
  private static final FormatOption EXTENDED_L2 =
      FormatOption.flag("extended_l2", "Clusters are allocated in 32 parts");
  private static final FormatOption LAZY_REFCOUNTS =
      FormatOption.flag("lazy_refcounts", "Reference counts may be written late");
  private static final FormatOption PREALLOCATION =
      CommonOptions.preallocation(Preallocation.METADATA, Preallocation.FALLOC, Preallocation.FULL);
  private static final FormatOption REFCOUNT_BITS =
      FormatOption.choice(
          "refcount_bits",
          "The width of a reference count",
          "16",
          "1",
          "2",
          "4",
          "8",
          "16",
          "32",
          "64");

  /** All options, in alphabetical order. */
  static final List<FormatOption> DECLARED =
      Stream.concat(
              Stream.of(
                  CommonOptions.BACKING_FILE,
                  CommonOptions.BACKING_FORMAT,
                  CLUSTER_SIZE,
                  COMPAT,
                  COMPRESSION,
                  DATA_FILE,
                  RAW_DATA,
                  ENCRYPT_FORMAT,
                  EXTENDED_L2,
                  LAZY_REFCOUNTS,
                  PREALLOCATION,
                  REFCOUNT_BITS),
              LUKS.declared().stream())
          .sorted(Comparator.comparing(FormatOption::name))
          .toList();

  /**
   * Checks options.
   *
   * @param file the new image, for messages
   * @throws IllegalArgumentException if a value makes no sense, or contradicts another
   */
  static Qcow2Options of(String file, CreateOptions options) {
    boolean rawData = isRawData(options);
    Preallocation preallocation = PREALLOCATION.in(options, Preallocation.class);
    Qcow2Options checked =
        new Qcow2Options(
            version(options),
            Long.numberOfTrailingZeros(CLUSTER_SIZE.bytesIn(options)),
            refcountOrder(options),
            EXTENDED_L2.isOnIn(options),
            isLazy(options),
            COMPRESSION.in(options, CompressionType.class),
            rawData && preallocation == Preallocation.OFF ? Preallocation.METADATA : preallocation,
            CommonOptions.BACKING_FILE.textIn(options),
            CommonOptions.BACKING_FORMAT.textIn(options),
            DATA_FILE.textIn(options),
            rawData,
            encryption(file, options));
    checked.checkTogether(file);
    checked.checkSize(file, options.size());
    return checked;
  }

  /** Returns the version that {@code compat} stands for. */
  static int version(CreateOptions options) {
    String compat = COMPAT.in(options);
    return compat.equals(OLD) || compat.equals(OLD_TOO) ? 2 : 3;
  }

  /** Returns log2 of {@code refcount_bits}. */
  static int refcountOrder(CreateOptions options) {
    return Integer.numberOfTrailingZeros(Integer.parseInt(REFCOUNT_BITS.in(options)));
  }

  static boolean isLazy(CreateOptions options) {
    return LAZY_REFCOUNTS.isOnIn(options);
  }

  static boolean isRawData(CreateOptions options) {
    return RAW_DATA.isOnIn(options);
  }

  /**
   * Returns a preallocation.
   *
   * @param value as the option of that name takes it
   * @throws IllegalArgumentException if there is none of that name
   */
  static Preallocation preallocation(String value) {
    CreateOptions options = CreateOptions.format("qcow2").option("preallocation", value);
    return PREALLOCATION.in(options, Preallocation.class);
  }

  private static Optional<LuksParameters> encryption(String file, CreateOptions options) {
    if (options.option(ENCRYPT_FORMAT.name()).isPresent()) {
      return Optional.of(LUKS.in(file, options));
    }
    for (FormatOption option : LUKS.declared()) {
      require(
          file,
          options.option(option.name()).isEmpty(),
          option.name() + " needs " + ENCRYPT_FORMAT.name());
    }
    return Optional.empty();
  }

  private void checkSize(String file, long size) {
    long l1Entries = Math.ceilDiv(size, 1L << (2 * clusterBits - L2Entry.sizeBits(extendedL2)));
    if (l1Entries > Qcow2Header.MAX_L1_BYTES / Long.BYTES) {
      throw new IllegalArgumentException(
          file
              + ": a disk of "
              + size
              + " bytes is too large for clusters of "
              + (1L << clusterBits)
              + " bytes");
    }
  }

  private void checkTogether(String file) {
    require(
        file,
        version >= 3 || refcountOrder == 4,
        "refcount_bits other than 16 needs compat=1.1 or later");
    require(file, version >= 3 || !lazyRefcounts, "lazy_refcounts needs compat=1.1 or later");
    require(file, version >= 3 || !extendedL2, "extended_l2 needs compat=1.1 or later");
    require(file, version >= 3 || dataFile.isEmpty(), "data_file needs compat=1.1 or later");
    require(
        file,
        version >= 3 || compression == CompressionType.ZLIB,
        "compression_type other than zlib needs compat=1.1 or later");
    require(
        file, !extendedL2 || clusterBits >= 14, "extended_l2 needs a cluster_size of 16k at least");
    require(file, dataFile.isPresent() || !rawData, "data_file_raw needs data_file");
    require(
        file,
        encryption.isEmpty() || !rawData,
        "encrypt.format and data_file_raw exclude each other: the file would not be raw");
    require(
        file,
        backingFile.isEmpty() || !rawData,
        "backing_file and data_file_raw exclude each other");
    require(
        file,
        backingFile.isEmpty() || extendedL2 || preallocation == Preallocation.OFF,
        "backing_file and preallocation go together only with extended_l2");
  }

  private static void require(String file, boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(file + ": option " + problem);
    }
  }
}
