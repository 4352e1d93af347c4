package io.diskformat.transfer;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A manifest of a disk: the checksums of all its blocks of 64 KiB, in a file. With it a {@link
 * Verification} says not only whether a disk is still the same, but where it differs. {@link
 * ContentHash#of(io.diskformat.BlockDevice, java.nio.channels.WritableByteChannel)} writes one, and
 * {@link ContentHash#update} one of a disk that was written since.
 *
 * <p>It is about the disk and not its image: the same disk has the same manifest, to the byte,
 * whatever the format of its image. Zeroes take next to no room in it; other data 32 bytes a block
 * with SHA-256, which is half a mebibyte for a gibibyte.
 *
 * <p>The file is a header, a body and a content hash:
 *
 * <ol>
 *   <li>The header is a JSON object in one line, with these members in this order, without spaces,
 *       and ended by a line feed. All of the file has this one size of block and this algorithm, by
 *       the name that {@link ContentHash#algorithm} has for it; the size is that of the disk, in
 *       bytes.
 *       <pre>{@code
 * {"kind":"diskformat-manifest","version":1,"algorithm":"sha256","block-size":65536,"size":1073741824}
 *
 * }</pre>
 *   <li>The body is a sequence of runs, which together are all blocks of the disk in their order.
 *       The last block is shorter if the disk is no whole number of blocks. Each run begins with a
 *       number in unsigned LEB128: the least significant 7 bits first, in bytes that all have the
 *       most significant bit set but the last. Its lowest bit is 1 for a run of data, and 0 for one
 *       of blocks that are nothing but zeroes; the other bits are the number of blocks, at least 1
 *       and for data at most 1,024. Of a run of data the checksums of the blocks follow. Who writes
 *       one makes runs as long as they can be, and records no zeroes as data.
 *   <li>The content hash of the disk, as {@link ContentHash} describes it, ends the file. As it is
 *       the checksum of the blocks' checksums and of the size, it also shows whether the manifest
 *       is as it was written.
 * </ol>
 *
 * <p>Immutable: the file is opened anew for each use.
 */
public final class Manifest {
  private final String name;
  private final Content content;
  private final ManifestHeader header;
  private final String contentHash;

  /** Opens the bytes of a manifest. */
  @FunctionalInterface
  public interface Content {
    /** Opens them anew, to be read from the first; whoever calls this closes what is returned. */
    SeekableByteChannel open() throws IOException;
  }

  private Manifest(String name, Content content, ManifestHeader header, String contentHash) {
    this.name = name;
    this.content = content;
    this.header = header;
    this.contentHash = contentHash;
  }

  /**
   * Reads the header of a manifest and its content hash. Whether what is between them is as it was
   * written shows when it is used.
   *
   * @throws CorruptImageException if it is no manifest
   * @throws io.diskformat.UnsupportedFeatureException if it is of a version or an algorithm that
   *     this library does not know
   * @throws UnsupportedOperationException if its algorithm needs Bouncy Castle, which is not
   *     installed
   * @throws IOException if it cannot be read
   */
  public static Manifest open(Path path) throws IOException {
    return open(path.toString(), () -> Files.newByteChannel(path));
  }

  /**
   * Reads the header of a manifest and its content hash, as {@link #open(Path)} does, wherever it
   * is kept.
   *
   * @param name of it in messages
   * @param content opens its bytes, again for each use
   * @throws CorruptImageException if it is no manifest
   * @throws io.diskformat.UnsupportedFeatureException if it is of a version or an algorithm that
   *     this library does not know
   * @throws UnsupportedOperationException if its algorithm needs Bouncy Castle, which is not
   *     installed
   * @throws IOException if it cannot be read
   */
  public static Manifest open(String name, Content content) throws IOException {
    try (SeekableByteChannel file = content.open();
        ManifestReader reader = new ManifestReader(name, Channels.newInputStream(file))) {
      ByteBuffer hash = ByteBuffer.allocate(reader.checksumLength());
      long position = file.size() - hash.capacity();
      boolean isWhole = position >= reader.position() || reader.header().size() == 0;
      while (isWhole && hash.hasRemaining()) {
        isWhole = file.position(position + hash.position()).read(hash) >= 0;
      }
      if (!isWhole) {
        throw new CorruptImageException(name, "manifest", -1, "it is cut short");
      }
      return new Manifest(name, content, reader.header(), HexFormat.of().formatHex(hash.array()));
    }
  }

  /** Begins to read the checksums. */
  ManifestReader read() throws IOException {
    return new ManifestReader(name, Channels.newInputStream(content.open()));
  }

  /**
   * Reads all of it, and checks that it is as it was written.
   *
   * @throws CorruptImageException if it is not
   * @throws IOException if it cannot be read
   */
  public void check() throws IOException {
    try (ManifestReader reader = read()) {
      while (reader.blocksLeft() > 0) {
        byte[] _ = reader.next((int) Math.min(reader.blocksLeft(), ManifestWriter.MOST_DATA));
      }
    }
  }

  /** Returns the name by which messages call it: the path of a file. */
  public String name() {
    return name;
  }

  /** Returns the algorithm of all checksums, as {@link ContentHash#algorithm} lists it. */
  public String algorithm() {
    return header.algorithm().name();
  }

  /** Returns the size of the disk, in bytes. */
  public long size() {
    return header.size();
  }

  /** Returns the content hash of the disk, in lower-case hexadecimal. */
  public String contentHash() {
    return contentHash;
  }

  /** Returns its name. */
  @Override
  public String toString() {
    return name;
  }
}
