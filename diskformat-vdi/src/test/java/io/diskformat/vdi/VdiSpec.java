package io.diskformat.vdi;

import io.diskformat.testing.Pairwise;
import java.util.List;
import java.util.Random;

/**
 * The ways in which VDI images differ, one component each: what the matrix is a matrix of.
 *
 * @param header its version and size
 * @param type what the header calls the image
 * @param blockSize in bytes
 * @param blockExtra how many bytes precede each block
 * @param placement to what the map and the data are aligned
 * @param size how the disk's size relates to a block's
 * @param blocks how blocks are stored
 * @param shuffled whether blocks are stored in another order than the disk's
 * @param cut whether the file ends with the disk's last byte rather than with a block's
 * @param parent what a differencing image is a difference to
 */
record VdiSpec(
    Header header,
    Type type,
    int blockSize,
    int blockExtra,
    int placement,
    Size size,
    Blocks blocks,
    boolean shuffled,
    boolean cut,
    Parent parent) {

  enum Header {
    VERSION_0,
    VERSION_1_0,
    VERSION_1_1,
    WITH_GEOMETRY,
    LONGER
  }

  enum Type {
    DYNAMIC,
    FIXED,
    UNDO,
    DIFFERENCING
  }

  enum Size {
    WHOLE_BLOCKS,
    ODD_SECTORS,
    LESS_THAN_A_BLOCK
  }

  enum Blocks {
    /** None is stored. */
    NONE,
    /** Some are stored, some are free, some are zero. */
    SOME,
    ALL
  }

  enum Parent {
    NONE,
    SAME_SIZE,
    SHORTER,
    LONGER,
    /** Four images, of several block sizes. */
    DEEP
  }

  private static final List<Boolean> EITHER = List.of(false, true);

  private static final List<List<?>> DIMENSIONS =
      List.of(
          List.of(Header.values()),
          List.of(Type.values()),
          List.of(512, 4096, 32768, 1 << 20, 1 << 21, 16 << 20),
          List.of(0, 512, 4096, 13),
          List.of(1, 512, 4096, 1 << 20),
          List.of(Size.values()),
          List.of(Blocks.values()),
          EITHER,
          EITHER,
          List.of(Parent.values()));

  private static final int[] SIZES = DIMENSIONS.stream().mapToInt(List::size).toArray();

  /** Returns specs that together have every pair of values of two dimensions that is possible. */
  static List<VdiSpec> everyPair(Random random) {
    return Pairwise.cases(SIZES, choice -> of(choice).isPossible(), random).stream()
        .map(VdiSpec::of)
        .toList();
  }

  static VdiSpec any(Random random) {
    return of(Pairwise.anyCase(SIZES, choice -> of(choice).isPossible(), random));
  }

  private static VdiSpec of(int[] choice) {
    Object[] v = new Object[choice.length];
    for (int i = 0; i < choice.length; i++) {
      v[i] = DIMENSIONS.get(i).get(choice[i]);
    }
    return new VdiSpec(
        (Header) v[0],
        (Type) v[1],
        (Integer) v[2],
        (Integer) v[3],
        (Integer) v[4],
        (Size) v[5],
        (Blocks) v[6],
        (Boolean) v[7],
        (Boolean) v[8],
        (Parent) v[9]);
  }

  private boolean isPossible() {
    boolean placedInVersion0 = header == Header.VERSION_0 && (blockExtra != 0 || placement != 1);
    boolean fixedWithout = type == Type.FIXED && blocks != Blocks.ALL;
    boolean related = (parent != Parent.NONE) == (type == Type.DIFFERENCING);
    boolean lessThanASector = size == Size.LESS_THAN_A_BLOCK && blockSize == 512;
    boolean nothingToShuffle = shuffled && blocks == Blocks.NONE;
    boolean nothingToCut = cut && blocks == Blocks.NONE;
    return !placedInVersion0
        && !fixedWithout
        && related
        && !lessThanASector
        && !nothingToShuffle
        && !nothingToCut;
  }

  /** Returns whether qemu-img reads such images right. */
  boolean isForQemu() {
    return header != Header.VERSION_0
        && header != Header.VERSION_1_0
        && type != Type.DIFFERENCING
        && blockSize == 1 << 20
        && blockExtra == 0
        && placement >= 512;
  }

  /** Returns whether 7-Zip reads such images right. */
  boolean isFor7z() {
    return header != Header.VERSION_0
        && header != Header.LONGER
        && type != Type.DIFFERENCING
        && blockSize == 1 << 20
        && blockExtra == 0
        && placement >= 512
        && !cut;
  }
}
