package io.diskformat.qcow2;

import io.diskformat.testing.Pairwise;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The ways in which images differ, one component each: what the matrix is a matrix of.
 *
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size
 * @param extendedL2 whether L2 entries are extended
 * @param compression how some clusters are compressed
 * @param backing what the image is a difference to
 * @param probedBacking whether the image does not record its backing file's format
 * @param dataFile where the data is
 * @param snapshots what snapshots are inside
 * @param zeroes by what requests ranges are made to read zeroes
 * @param refcountBits the width of a refcount
 * @param size how the disk's size relates to a cluster's
 * @param preallocation what is allocated when the image is created
 * @param lazyRefcounts whether refcounts are written lazily
 * @param encryption how the disk is encrypted
 */
record ImageSpec(
    int version,
    int clusterBits,
    boolean extendedL2,
    Compression compression,
    Backing backing,
    boolean probedBacking,
    DataFile dataFile,
    Snapshots snapshots,
    Zeroes zeroes,
    int refcountBits,
    Size size,
    Preallocation preallocation,
    boolean lazyRefcounts,
    Encrypted encryption) {

  enum Compression {
    NONE,
    ZLIB,
    ZSTD
  }

  enum Backing {
    NONE,
    RAW,
    QCOW2,
    /** A chain of three images below this one. */
    THREE_DEEP,
    /** Ends before this disk does. */
    SHORTER,
    /** Goes on where this disk has ended. */
    LONGER
  }

  enum DataFile {
    NONE,
    EXTERNAL,
    EXTERNAL_RAW
  }

  enum Snapshots {
    NONE,
    ONE,
    /** And some deleted or gone back to, and the disk resized in between where that is possible. */
    SEVERAL
  }

  enum Zeroes {
    NONE,
    WRITTEN,
    DISCARDED,
    BOTH
  }

  enum Size {
    WHOLE_CLUSTERS,
    ODD_SECTORS,
    /** Less than a large cluster. */
    TINY
  }

  enum Preallocation {
    OFF,
    METADATA,
    FALLOC,
    FULL
  }

  enum Encrypted {
    NONE,
    LUKS,
    /** As versions of QEMU did that are long gone. */
    AES
  }

  private static final List<Boolean> EITHER = List.of(false, true);

  private static final List<List<?>> DIMENSIONS =
      List.of(
          List.of(2, 3),
          IntStream.rangeClosed(9, 21).boxed().toList(),
          EITHER,
          List.of(Compression.values()),
          List.of(Backing.values()),
          EITHER,
          List.of(DataFile.values()),
          List.of(Snapshots.values()),
          List.of(Zeroes.values()),
          List.of(1, 2, 4, 8, 16, 32, 64),
          List.of(Size.values()),
          List.of(Preallocation.values()),
          EITHER,
          List.of(Encrypted.values()));

  private static final int PREALLOCATION = 11;
  private static final int ENCRYPTION = 13;

  private static final int[] SIZES = DIMENSIONS.stream().mapToInt(List::size).toArray();

  /** Returns specs that together have every pair of values of two dimensions that is possible. */
  static List<ImageSpec> everyPair(Random random) {
    return Pairwise.cases(SIZES, choice -> of(choice).isPossible(), random).stream()
        .map(ImageSpec::of)
        .toList();
  }

  /**
   * Returns a possible spec at random, of an image that is not encrypted; as in the world, few of
   * them preallocate.
   */
  static ImageSpec any(Random random) {
    int[] sizes = Arrays.copyOf(SIZES, ENCRYPTION);
    int[] choice = Pairwise.anyCase(sizes, candidate -> of(candidate).isPossible(), random);
    if (random.nextInt(3) > 0) {
      choice[PREALLOCATION] = 0;
    }
    return of(choice);
  }

  /** Returns this spec of an image that is encrypted in a random way, where that is possible. */
  ImageSpec encryptedAnyhow(Random random) {
    ImageSpec spec =
        new ImageSpec(
            version,
            clusterBits,
            extendedL2,
            compression,
            backing,
            probedBacking,
            dataFile,
            snapshots,
            zeroes,
            refcountBits,
            size,
            preallocation,
            lazyRefcounts,
            Encrypted.values()[random.nextInt(Encrypted.values().length)]);
    return spec.isPossible() ? spec : this;
  }

  /** Returns a spec; dimensions of which nothing was chosen have their first value. */
  private static ImageSpec of(int[] choice) {
    Object[] v = new Object[DIMENSIONS.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = DIMENSIONS.get(i).get(i < choice.length ? choice[i] : 0);
    }
    return new ImageSpec(
        (Integer) v[0],
        (Integer) v[1],
        (Boolean) v[2],
        (Compression) v[3],
        (Backing) v[4],
        (Boolean) v[5],
        (DataFile) v[6],
        (Snapshots) v[7],
        (Zeroes) v[8],
        (Integer) v[9],
        (Size) v[10],
        (Preallocation) v[11],
        (Boolean) v[12],
        (Encrypted) v[13]);
  }

  /** Returns whether qemu-img creates such images, and the choice is not the same as another. */
  private boolean isPossible() {
    boolean needsVersion3 =
        extendedL2
            || compression == Compression.ZSTD
            || dataFile != DataFile.NONE
            || refcountBits != 16
            || lazyRefcounts;
    boolean subclustersTooSmall = extendedL2 && clusterBits < 14;
    boolean externalWithout =
        dataFile != DataFile.NONE
            && (compression != Compression.NONE || snapshots != Snapshots.NONE);
    boolean rawOverBacking = dataFile == DataFile.EXTERNAL_RAW && backing != Backing.NONE;
    boolean preallocatedOverBacking =
        preallocation != Preallocation.OFF && backing != Backing.NONE && !extendedL2;
    // A snapshot makes refcounts of 2.
    boolean refcountsTooNarrow = refcountBits == 1 && snapshots != Snapshots.NONE;
    boolean probesNothing = probedBacking && backing == Backing.NONE;
    boolean rawEncrypted = encryption != Encrypted.NONE && dataFile == DataFile.EXTERNAL_RAW;
    return !(version == 2 && needsVersion3)
        && !subclustersTooSmall
        && !externalWithout
        && !rawOverBacking
        && !preallocatedOverBacking
        && !refcountsTooNarrow
        && !probesNothing
        && !rawEncrypted;
  }

  long clusterSize() {
    return 1L << clusterBits;
  }
}
