package io.diskformat.iso.build;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The MD5 sum that {@code checkisomd5} looks for in the primary volume descriptor. It is that of
 * all but the last 15 blocks of an image that has spaces in its place; with it are the beginnings
 * of the sums up to 20 points on the way, so that a bad image is found early.
 */
final class ImplantedMd5 implements WritableByteChannel {
  /** What is in the sum's place while it is made. */
  static final byte[] BLANK = blank();

  private static final int SKIPPED_BLOCKS = 15;
  private static final int FRAGMENTS = 20;
  private static final int OF_FRAGMENT = 3;

  /** How much goes into the sum at once: fragments end behind such a piece. */
  private static final int PIECE = 1 << 15;

  private final MessageDigest digest = digest();
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE);
  private final StringBuilder fragments = new StringBuilder();
  private final long size;
  private final long fragmentSize;
  private long done;
  private long fragment;

  /**
   * Begins.
   *
   * @param imageSize in bytes
   */
  ImplantedMd5(long imageSize) {
    this.size = imageSize - (long) SKIPPED_BLOCKS * DiscFields.BLOCK;
    this.fragmentSize = Math.max(1, size / (FRAGMENTS + 1));
  }

  private static byte[] blank() {
    byte[] blank = new byte[VolumeDescriptorSet.APPLICATION_SIZE];
    Arrays.fill(blank, (byte) ' ');
    return blank;
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  @Override
  public int write(ByteBuffer source) {
    int length = source.remaining();
    while (source.hasRemaining() && done < size) {
      long left = Math.min(PIECE, size - done) - piece.position();
      int n = (int) Math.min(left, source.remaining());
      piece.put(source.slice(source.position(), n));
      source.position(source.position() + n);
      if (n == left) {
        endPiece();
      }
    }
    source.position(source.limit());
    return length;
  }

  private void endPiece() {
    digest.update(piece.array(), 0, piece.position());
    long now = done / fragmentSize;
    if (now != fragment) {
      byte[] sum = soFar();
      for (int i = 0; i < OF_FRAGMENT; i++) {
        // The first digit, without leading zeroes.
        fragments.append(Integer.toHexString(sum[i] & 0xff).charAt(0));
      }
      fragment = now;
    }
    done += piece.position();
    piece.clear();
  }

  private byte[] soFar() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("Java's MD5 can be cloned", e);
    }
  }

  /** Returns what is implanted, when all was written. */
  byte[] text() {
    String text =
        "ISO MD5SUM = "
            + HexFormat.of().formatHex(soFar())
            + ";SKIPSECTORS = "
            + SKIPPED_BLOCKS
            + ";RHLISOSTATUS=0;FRAGMENT SUMS = "
            + fragments
            + ";FRAGMENT COUNT = "
            + FRAGMENTS
            + ";THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!";
    byte[] bytes = BLANK.clone();
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, bytes, 0, Math.min(ascii.length, bytes.length));
    return bytes;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
