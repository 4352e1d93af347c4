package io.diskformat.opening;

import com.google.common.io.Closer;
import io.diskformat.storage.NewFile;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a new image: its own, and the data files that it names. All of them get their names
 * together, the image last. Unless {@link #commit()} succeeded, closing deletes them, and files
 * that were there before are unchanged.
 */
final class NewFiles implements Closeable {
  private final Path path;
  private final boolean replace;
  private final Map<String, NewFile> data = new LinkedHashMap<>();
  private @Nullable NewFile file;

  /**
   * Creates an object without files.
   *
   * @param path the final path of the image
   * @param replace whether existing files are replaced
   */
  NewFiles(Path path, boolean replace) {
    this.path = path;
    this.replace = replace;
  }

  /**
   * Returns the image's own file, which the first call creates: an image that the format refuses
   * before leaves no trace.
   */
  Storage storage() throws IOException {
    if (file == null) {
      file = NewFile.beside(path, replace);
    }
    return file.storage();
  }

  /** Creates a data file that the image names. */
  Storage newDataFile(String name) throws IOException {
    NewFile made = NewFile.beside(locate(name), replace);
    data.put(name, made);
    return made.storage();
  }

  /** Returns the final path of the image. */
  Path image() {
    return path;
  }

  /** Returns where a name that the image is to record leads. */
  Path locate(String name) {
    return path.resolveSibling(name);
  }

  /** Returns the data files that were created, by the names that the image records for them. */
  Map<String, Storage> dataFiles() {
    Map<String, Storage> made = new LinkedHashMap<>();
    data.forEach((name, newFile) -> made.put(name, newFile.storage()));
    return made;
  }

  /**
   * Makes all files durable and gives them their names.
   *
   * @throws IOException if that fails; then none has its name, and files that were there before are
   *     unchanged
   */
  void commit() throws IOException {
    List<NewFile> files = new ArrayList<>(data.values());
    if (file != null) {
      files.add(file);
    }
    NewFile.commit(files);
  }

  @Override
  public void close() throws IOException {
    try (Closer closer = Closer.create()) {
      var _ = closer.register(file);
      data.values().forEach(closer::register);
    }
  }
}
