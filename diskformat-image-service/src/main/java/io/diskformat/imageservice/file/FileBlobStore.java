package io.diskformat.imageservice.file;

import io.diskformat.imageservice.BlobStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Blobs as sparse files of a directory: {@code incoming/UPLOAD.part} while they are written, {@code
 * blobs/XX/BLOB} from then on, both of one file system.
 */
public final class FileBlobStore implements BlobStore {
  private static final String PART = ".part";

  private final Path directory;
  private final DurableDirectory incoming;
  private final DurableDirectory blobs;

  /** Those of {@link #blobs} of which it is known that a power cut does not take them away. */
  private final Map<Path, DurableDirectory> durable = new ConcurrentHashMap<>();

  private FileBlobStore(Path directory, DurableDirectory incoming, DurableDirectory blobs) {
    this.directory = directory;
    this.incoming = incoming;
    this.blobs = blobs;
  }

  /** Opens the store in a directory, which is created if there is none. */
  public static FileBlobStore open(Path directory) throws IOException {
    var _ = DurableDirectory.at(directory);
    return new FileBlobStore(
        directory.toAbsolutePath().normalize(),
        DurableDirectory.at(directory.resolve("incoming")),
        DurableDirectory.at(directory.resolve("blobs")));
  }

  @Override
  public Pending begin(String upload) throws IOException {
    String blob = canonical(upload);
    return new SparseBlob(part(blob), part -> adopt(part, blob));
  }

  private Path part(String upload) {
    return incoming.path().resolve(canonical(upload) + PART);
  }

  private String adopt(Path part, String blob) throws IOException {
    Path file = path(blob);
    Path parent = file.getParent();
    if (parent == null) {
      throw new IOException(file + ": no directory");
    }
    try {
      Path _ = durable(parent).take(part, blob);
    } catch (NoSuchFileException e) {
      // Somebody may have tidied up directories that were empty.
      DurableDirectory _ = durable.remove(parent);
      Path _ = durable(parent).take(part, blob);
    }
    incoming.force();
    return blob;
  }

  /** Whoever finds a directory there must not rely on another having made that durable already. */
  private DurableDirectory durable(Path directory) throws IOException {
    DurableDirectory present = durable.get(directory);
    if (present == null) {
      present = DurableDirectory.at(directory);
      blobs.force();
      var _ = durable.put(directory, present);
    }
    return present;
  }

  private Path path(String blob) {
    String name = canonical(blob);
    return blobs.path().resolve(name.substring(0, 2)).resolve(name);
  }

  /** Only a UUID becomes a part of a path. */
  private static String canonical(String name) {
    return UUID.fromString(name).toString();
  }

  @Override
  public SeekableByteChannel open(String blob) throws IOException {
    return FileChannel.open(path(blob), StandardOpenOption.READ);
  }

  @Override
  public void delete(String blob) throws IOException {
    boolean _ = Files.deleteIfExists(path(blob));
  }

  @Override
  public void abandon(String upload) throws IOException {
    boolean _ = Files.deleteIfExists(part(upload));
  }

  @Override
  public Stream<String> uploads() throws IOException {
    try (Stream<Path> files = Files.list(incoming.path())) {
      return names(files)
          .filter(name -> name.endsWith(PART))
          .map(name -> name.substring(0, name.length() - PART.length()))
          .filter(FileBlobStore::isName)
          .toList()
          .stream();
    }
  }

  @Override
  public Stream<String> blobs() throws IOException {
    List<Path> directories;
    try (Stream<Path> all = Files.list(blobs.path())) {
      directories = all.filter(Files::isDirectory).toList();
    }
    Stream<String> names = Stream.empty();
    for (Path directory : directories) {
      try (Stream<Path> files = Files.list(directory)) {
        names = Stream.concat(names, names(files).filter(FileBlobStore::isName).toList().stream());
      }
    }
    return names;
  }

  private static Stream<String> names(Stream<Path> files) {
    return files.map(file -> String.valueOf(file.getFileName()));
  }

  /** Other files are left alone. */
  private static boolean isName(String name) {
    try {
      return canonical(name).equals(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public long free() throws IOException {
    return Files.getFileStore(blobs.path()).getUsableSpace();
  }

  @Override
  public String type() {
    return "file";
  }

  @Override
  public SortedMap<String, Object> properties() {
    SortedMap<String, Object> properties = new TreeMap<>();
    properties.put("data_dir", directory.toString());
    properties.put("chunk_size", SparseBlob.PIECE);
    properties.put("thin_provisioning", true);
    return properties;
  }
}
