package io.diskformat.spi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageInput;
import io.diskformat.ImageMaintenance;
import io.diskformat.ImageOutput;
import io.diskformat.Measurement;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.List;

/**
 * A disk image format. Implementations are stateless, and are found by {@link
 * java.util.ServiceLoader}: declare one both with {@code provides} in {@code module-info.java} and
 * in {@code META-INF/services}.
 */
public interface DiskFormat {

  /** Returns the format's name in lower case, as qemu-img spells it. */
  String name();

  /**
   * Returns whether an image bears this format's mark, whatever else it holds. A format without a
   * mark of its own returns false.
   *
   * @param probe gives access to the image's bytes
   * @throws IOException if they cannot be read
   */
  boolean recognizes(Probe probe) throws IOException;

  /**
   * Returns whether this format's mark is beyond the first sector, where data of an image of
   * another format may happen to be stored. Then the mark counts only on an image that does not
   * begin with another one.
   */
  default boolean isMarkedFurtherOn() {
    return false;
  }

  /**
   * Begins to look at an image whose bytes pass by, which may be of any format: asks for this
   * format's mark and, where it is there, for what shows whether the image is sane. By default,
   * this asks for nothing: an image that bears the mark in its first sector, or one that other
   * programs know of the format, is then refused unless the caller accepts the format by name.
   */
  default void inspect(PassingImage image) {}

  /**
   * Opens an image. The image that is returned owns the request's storage; if this throws, the
   * caller closes it.
   *
   * @return the open image
   * @throws DiskFormatException if the image cannot be opened as one of this format
   * @throws IOException if it cannot be read
   */
  DiskImage open(OpenRequest request) throws IOException;

  /**
   * Opens an image for maintenance of its file, however damaged it is, as long as its header is
   * valid. The object that is returned owns the request's storage; if this throws, the caller
   * closes it. The caller ensures that one operation runs at a time, none that changes the image
   * unless the request's options are for writing, and none once it is closed; the caller also
   * handles faults of mapped memory. The object may be closed while an operation runs.
   *
   * <p>By default, the image is opened for reading; its {@code info} works, and each other
   * operation throws {@link io.diskformat.UnsupportedFeatureException}.
   *
   * @return the image, open for maintenance
   * @throws DiskFormatException if the header is invalid
   * @throws IOException if the image cannot be read
   */
  default ImageMaintenance maintain(OpenRequest request) throws IOException {
    return new ImageWithoutMaintenance(open(request.forReading()));
  }

  /**
   * Returns whether an image of this format says what the one below it holds, by a number that is
   * replaced whenever that is written. Then it is no difference to it any longer, unless the two
   * are changed together, as a commit of this format does. By default it does not.
   */
  default boolean knowsContentBelow() {
    return false;
  }

  /**
   * Returns the options that {@link #create} accepts, in alphabetical order. Options with other
   * names or invalid values are refused before {@code create} is called.
   */
  List<FormatOption> options();

  /**
   * Returns whether the disk of a new image reads as zeroes, as it does unless the format encrypts
   * what nobody wrote. If not, core writes zeroes before an image gets its content.
   */
  default boolean newImagesReadZeroes() {
    return true;
  }

  /**
   * Writes a new, empty image. The caller flushes and closes the files that are written, and
   * discards them if this throws. The names of other files in the options are already checked.
   *
   * @param request its options include the format's own, each checked against its declaration
   * @throws IllegalArgumentException if options contradict each other
   * @throws io.diskformat.UnsupportedFeatureException if images of this format cannot be created
   * @throws IOException if it cannot be written
   */
  void create(CreateRequest request) throws IOException;

  /**
   * Returns whether an image with some options can only be written in one pass, by {@link #output}.
   * {@link #create} makes it too, but then nothing can be written to its disk.
   *
   * @param options each checked against its declaration
   */
  default boolean isWrittenInOnePass(CreateOptions options) {
    return false;
  }

  /**
   * Begins to write an image in one pass. By default, this throws.
   *
   * @return the new image; nothing need be written before its first unit is
   * @throws IllegalArgumentException if options contradict each other
   * @throws UnsupportedFeatureException if images of this format, or with these options, cannot be
   *     written so
   * @throws IOException if it cannot be written
   */
  default ImageOutput output(OutputRequest request) throws IOException {
    throw new UnsupportedFeatureException(
        request.name(), "writing an image of format " + name() + " in one pass, to a stream");
  }

  /**
   * Begins to read an image in one pass. By default, this throws.
   *
   * @return the image, of which no unit has been read
   * @throws DiskFormatException if it is not one of this format
   * @throws UnsupportedFeatureException if images of this format, or this one, cannot be read so
   * @throws IOException if it cannot be read
   */
  default ImageInput input(InputRequest request) throws IOException {
    throw new UnsupportedFeatureException(
        request.name(), "reading an image of format " + name() + " in one pass, from a stream");
  }

  /**
   * Returns how large the file of a new image would be. Where that depends on what the disk holds,
   * it is no less than what the new image will have.
   *
   * @param request its options include the format's own, each checked against its declaration
   * @throws IllegalArgumentException if options contradict each other
   * @throws UnsupportedFeatureException if that is not known of images of this format
   * @throws IOException if the source cannot be read
   */
  default Measurement measure(MeasureRequest request) throws IOException {
    throw new UnsupportedFeatureException(request.name(), "measuring an image of format " + name());
  }
}
