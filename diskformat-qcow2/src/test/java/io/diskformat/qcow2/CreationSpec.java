package io.diskformat.qcow2;

import io.diskformat.testing.Pairwise;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The ways in which images are created, and what happens to them besides being written.
 *
 * @param oursCreates whether this library creates the image, and not qemu-img
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size
 * @param refcountBits the width of a refcount
 * @param extendedL2 whether L2 entries are extended
 * @param lazyRefcounts whether refcounts may be written lazily
 * @param zstd whether clusters are compressed by zstd
 * @param preallocation as the option names it
 * @param data where the data is
 * @param backing whether there is a backing file
 * @param snapshots whether qemu-img takes snapshots in between
 * @param bitmap whether qemu-img adds a bitmap that records writes
 * @param encrypted whether the disk is encrypted, by LUKS
 */
record CreationSpec(
    boolean oursCreates,
    int version,
    int clusterBits,
    int refcountBits,
    boolean extendedL2,
    boolean lazyRefcounts,
    boolean zstd,
    String preallocation,
    Data data,
    boolean backing,
    boolean snapshots,
    boolean bitmap,
    boolean encrypted) {

  enum Data {
    INSIDE,
    FILE,
    RAW_FILE
  }

  private static final List<Boolean> EITHER = List.of(false, true);

  private static final List<List<?>> DIMENSIONS =
      List.of(
          EITHER,
          List.of(2, 3),
          List.of(9, 12, 14, 16, 18, 21),
          List.of(1, 2, 4, 8, 16, 32, 64),
          EITHER,
          EITHER,
          EITHER,
          List.of("off", "metadata", "falloc", "full"),
          List.of(Data.values()),
          EITHER,
          EITHER,
          EITHER,
          EITHER);

  private static final int[] SIZES = DIMENSIONS.stream().mapToInt(List::size).toArray();

  /** Returns specs that together have every pair of values of two dimensions that is possible. */
  static List<CreationSpec> everyPair(Random random) {
    return Pairwise.cases(SIZES, choice -> of(choice).isPossible(), random).stream()
        .map(CreationSpec::of)
        .toList();
  }

  /** Returns a possible spec at random. */
  static CreationSpec any(Random random) {
    return of(Pairwise.anyCase(SIZES, choice -> of(choice).isPossible(), random));
  }

  private static CreationSpec of(int[] choice) {
    Object[] v = new Object[choice.length];
    for (int i = 0; i < choice.length; i++) {
      v[i] = DIMENSIONS.get(i).get(choice[i]);
    }
    return new CreationSpec(
        (Boolean) v[0],
        (Integer) v[1],
        (Integer) v[2],
        (Integer) v[3],
        (Boolean) v[4],
        (Boolean) v[5],
        (Boolean) v[6],
        (String) v[7],
        (Data) v[8],
        (Boolean) v[9],
        (Boolean) v[10],
        (Boolean) v[11],
        (Boolean) v[12]);
  }

  private boolean isPossible() {
    boolean needsVersion3 =
        refcountBits != 16 || extendedL2 || lazyRefcounts || zstd || dataFile() || bitmap;
    boolean excluded =
        (extendedL2 && clusterBits < 14)
            || (backing && data == Data.RAW_FILE)
            || (backing && !extendedL2 && !preallocation.equals("off"))
            || (snapshots && dataFile())
            // A snapshot makes refcounts of 2.
            || (snapshots && refcountBits == 1)
            || (encrypted && data == Data.RAW_FILE)
            || (encrypted && !oursCreates && !ImageMaker.LUKS_BY_QEMU);
    return !(version == 2 && needsVersion3) && !excluded;
  }

  long clusterSize() {
    return 1L << clusterBits;
  }

  boolean dataFile() {
    return data != Data.INSIDE;
  }

  /**
   * Compressed clusters share a host cluster, and narrow refcounts do not count to many; nothing
   * encrypts them.
   */
  boolean compresses() {
    return !encrypted && !dataFile() && !(snapshots && refcountBits < 16);
  }

  /** Returns the names and values of the options of creation. */
  List<String[]> options() {
    List<String[]> options = new ArrayList<>();
    add(options, "compat", version == 2 ? "0.10" : "1.1");
    add(options, "cluster_size", clusterSize());
    add(options, "refcount_bits", refcountBits);
    if (version == 3) {
      add(options, "extended_l2", onOff(extendedL2));
      add(options, "lazy_refcounts", onOff(lazyRefcounts));
      add(options, "compression_type", zstd ? "zstd" : "zlib");
    }
    add(options, "preallocation", preallocation);
    if (dataFile()) {
      add(options, "data_file", "image.data");
      add(options, "data_file_raw", onOff(data == Data.RAW_FILE));
    }
    if (backing) {
      add(options, "backing_file", "base.raw");
      add(options, "backing_fmt", "raw");
    }
    if (encrypted) {
      add(options, "encrypt.format", "luks");
      add(options, "encrypt.iter-time", oursCreates ? 1 : 10);
    }
    return options;
  }

  private static void add(List<String[]> options, String name, Object value) {
    options.add(new String[] {name, String.valueOf(value)});
  }

  private static String onOff(boolean value) {
    return value ? "on" : "off";
  }
}
