package io.diskformat.inspect;

import io.diskformat.DiskFormatException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * Inspects an image whose bytes pass by, those of an upload for example: its format, the size of
 * its disk, and whether to accept it from somebody who is not trusted. Each is known as soon as
 * enough bytes were seen, and is the same however they arrive. Of an image of any size a few
 * hundred KiB are kept, and no file that it names is opened. Not thread-safe.
 *
 * <pre>{@code
 * Inspection image = ImageInspector.copy(upload, store, InspectionRules.strict());
 * if (!image.isSane()) {
 *   // The store has a part of it, up to what is wrong.
 * }
 * }</pre>
 *
 * <p>An image that this does not refuse may still be damaged where this does not look: only a check
 * finds out whether its tables fit each other.
 */
public final class ImageInspector {
  private static final int PIECE = 1 << 16;

  private final PassingSource source = new PassingSource();
  private final Examination examination;
  private boolean finished;

  private ImageInspector(InspectionRules rules) {
    this.examination = new Examination(rules, source);
  }

  /** Begins to inspect an image of which no byte was seen. */
  public static ImageInspector begin(InspectionRules rules) {
    return new ImageInspector(rules);
  }

  /**
   * Inspects the next bytes of the image, all that a buffer has left.
   *
   * @throws IllegalStateException if the image has ended
   */
  public void accept(ByteBuffer bytes) {
    if (finished) {
      throw new IllegalStateException("the image has ended");
    }
    source.accept(bytes);
  }

  /** Returns what is known so far. */
  public Inspection soFar() {
    return examination.soFar();
  }

  /** Ends the image, and returns what is known of it. */
  public Inspection finish() {
    if (!finished) {
      finished = true;
      source.finish();
      examination.finish();
    }
    return examination.soFar();
  }

  /**
   * Returns a channel that inspects what is written to it, and passes it on to another channel. It
   * blocks if the other one does, and closes that one with itself.
   */
  public WritableByteChannel before(WritableByteChannel target) {
    return new InspectedChannel(this::accept, target);
  }

  /**
   * Copies an image from one channel to another, and inspects it meanwhile: to its end, or until
   * something is found for which the image is refused. Both channels stay open.
   *
   * @param from in blocking mode, at the image's first byte
   * @param to in blocking mode
   * @return what is known of the image; if it is refused, up to there
   * @throws IOException if a channel fails
   */
  public static Inspection copy(
      ReadableByteChannel from, WritableByteChannel to, InspectionRules rules) throws IOException {
    ImageInspector inspector = begin(rules);
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    while (from.read(piece) >= 0) {
      piece.flip();
      inspector.accept(piece.duplicate());
      if (inspector.examination.hasRefusal()) {
        return inspector.soFar();
      }
      while (piece.hasRemaining()) {
        int _ = to.write(piece);
      }
      piece.clear();
    }
    return inspector.finish();
  }

  /**
   * Inspects a file. Reads no more of it than what its headers and tables lead to, takes no lock,
   * and opens no other file. It has the same findings as if the file had passed by, except for the
   * rule {@code order}, since nothing is out of reach.
   *
   * @param file a regular file or a block device
   * @throws DiskFormatException if it is of another kind
   * @throws IOException if it cannot be opened or read
   */
  public static Inspection inspect(Path file, InspectionRules rules) throws IOException {
    try (Storage storage = FileStorage.open(file, false, Sharing.UNLOCKED)) {
      return inspect(storage, rules);
    }
  }

  /**
   * Inspects an image in any storage, as {@link #inspect(Path, InspectionRules)} does.
   *
   * @param storage stays open
   * @throws IOException if it cannot be read
   */
  public static Inspection inspect(Storage storage, InspectionRules rules) throws IOException {
    FileSource source = new FileSource(storage);
    Examination examination = new Examination(rules, source);
    source.run();
    examination.finish();
    return examination.soFar();
  }
}
