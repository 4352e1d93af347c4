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
 * Looks at an image whose bytes pass by, those of an upload for example: of which format it is, how
 * large its disk is, and whether it is one to be taken from somebody who is not trusted. Each is
 * known as soon as enough bytes were seen, and is the same however they come. Of an image of any size
 * a few hundred KiB are kept; nothing is opened that it names. Not thread-safe.
 *
 * <pre>{@code
 * Inspection image = ImageInspector.copy(upload, store, InspectionRules.strict());
 * if (!image.isSane()) {
 *   // The store has a part of it, up to what is wrong.
 * }
 * }</pre>
 *
 * <p>An image without a refusal may still be damaged where this does not look: what a guest sees, and
 * whether its tables fit each other, is what a check finds out.
 */
public final class ImageInspector {
  private static final int PIECE = 1 << 16;

  private final PassingSource source = new PassingSource();
  private final Examination examination;
  private boolean finished;

  private ImageInspector(InspectionRules rules) {
    this.examination = new Examination(rules, source);
  }

  /** Begins to look at an image of which no byte was seen. */
  public static ImageInspector begin(InspectionRules rules) {
    return new ImageInspector(rules);
  }

  /**
   * Takes the next bytes of the image, all that a buffer has left.
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

  /** Says that the image has no more bytes, and returns what is known of it. */
  public Inspection finish() {
    if (!finished) {
      finished = true;
      source.finish();
      examination.finish();
    }
    return examination.soFar();
  }

  /**
   * Returns a channel that hands on what is written to it, and looks at it. It is as blocking as the
   * other one, which is closed with it.
   */
  public WritableByteChannel before(WritableByteChannel target) {
    return new InspectedChannel(this, target);
  }

  /**
   * Copies an image from one channel to another, and looks at it meanwhile: to its end, or until
   * something is found for which it is to be refused. Both channels stay open.
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
   * Looks at a file. Reads no more of it than what its headers and tables lead to, takes no lock, and
   * opens no other file. By the same rules, it comes to the same findings as if the file passed by,
   * except that nothing has passed before it is asked for.
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
   * Looks at an image wherever it is, as {@link #inspect(Path, InspectionRules)} does.
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
