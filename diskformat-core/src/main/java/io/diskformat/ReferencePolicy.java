package io.diskformat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Decides which of the files that an image refers to may be opened. An image is untrusted input,
 * and the names in it are an attacker's way to files that the caller can read and the attacker
 * cannot: so none is opened unless a policy allows it. The same holds for the files that a {@link
 * ParentResolver} proposes, some of which turn out not to be the parent. An image that must stand
 * alone is one whose {@link ImageInfo#references()} are empty.
 *
 * <p>Whatever the policy: a name is taken relative to the image that holds it, symbolic links are
 * followed before it is judged, it must lead to a regular file (or, as an extent, to a block device
 * that {@link #allowsDevice} allows), and protocol strings ({@code nbd:}, {@code json:} and the
 * like) are never interpreted.
 */
@FunctionalInterface
public interface ReferencePolicy {

  /**
   * Returns whether the file may be opened. May be called by many threads at once.
   *
   * @throws IOException if that cannot be determined; the file is then not opened
   */
  boolean allows(Reference reference) throws IOException;

  /**
   * Returns whether a file that this policy allows, and that an image names as an extent, may be a
   * block device. By default it may not: a device is opened only if the caller means that one.
   *
   * @throws IOException if that cannot be determined; the device is then not opened
   */
  default boolean allowsDevice(Reference reference) throws IOException {
    return false;
  }

  /** Returns the policy that allows nothing. This is the default. */
  static ReferencePolicy deny() {
    return reference -> false;
  }

  /**
   * Returns a policy that allows files in the directory of the image that refers to them, and
   * below.
   */
  static ReferencePolicy sameDirectory() {
    return reference -> {
      Path directory = reference.from().getParent();
      return directory != null && reference.target().startsWith(directory.toRealPath());
    };
  }

  /**
   * Returns a policy that allows files in {@code directory} and below.
   *
   * @param directory where the files may be; symbolic links in it are followed
   */
  static ReferencePolicy within(Path directory) {
    return reference -> reference.target().startsWith(directory.toRealPath());
  }

  /**
   * Returns a policy that allows the given files, wherever they are, as backing files and parents,
   * and as nothing else.
   *
   * @param files the files, which need not exist; symbolic links that lead to them are followed
   */
  static ReferencePolicy images(Path... files) {
    List<Path> named = List.of(files);
    return reference -> reference.kind().isImage() && isAmong(named, reference.target());
  }

  /**
   * Returns a policy that allows the given block devices as extents, and nothing else.
   *
   * @param devices the devices; symbolic links that lead to them are followed
   */
  static ReferencePolicy devices(Path... devices) {
    List<Path> named = List.of(devices);
    return new ReferencePolicy() {
      @Override
      public boolean allows(Reference reference) throws IOException {
        return reference.kind() == Reference.Kind.EXTENT && isAmong(named, reference.target());
      }

      @Override
      public boolean allowsDevice(Reference reference) throws IOException {
        return allows(reference);
      }
    };
  }

  private static boolean isAmong(List<Path> files, Path target) throws IOException {
    for (Path file : files) {
      if (target.equals(Reference.targetOf(file))) {
        return true;
      }
    }
    return false;
  }

  /** Returns a policy that allows what this one or the other one allows. */
  default ReferencePolicy or(ReferencePolicy other) {
    ReferencePolicy first = this;
    return new ReferencePolicy() {
      @Override
      public boolean allows(Reference reference) throws IOException {
        return first.allows(reference) || other.allows(reference);
      }

      @Override
      public boolean allowsDevice(Reference reference) throws IOException {
        return first.allowsDevice(reference) || other.allowsDevice(reference);
      }
    };
  }

  /** Returns a policy that allows every regular file. Only for images that are trusted. */
  static ReferencePolicy any() {
    return reference -> true;
  }
}
