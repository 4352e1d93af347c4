package io.diskformat.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.device.ZeroDevice;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random sequences of what {@code java.nio.file} has to change files, done to an edit in memory and
 * to a directory of the host: what is thrown, what is returned and what is left are the same.
 */
class EditedFilesModelTest {
  private static final int SEQUENCES = Integer.getInteger("diskformat.edits", 60);
  private static final int STEPS = 60;

  @TempDir Path directory;

  /** One operation, on the files below a root. */
  @FunctionalInterface
  private interface Operation {
    Object run(Path root) throws IOException;
  }

  @BeforeEach
  void comparesWithUnix() throws IOException {
    assumeTrue(File.separatorChar == '/');
    Path made = Files.createFile(directory.resolve("made"));
    assumeTrue(
        PosixFilePermissions.toString(Files.getPosixFilePermissions(made)).equals("rw-r--r--"),
        "the umask is 022");
  }

  @Test
  void doesWhatTheHostDoes() throws IOException {
    // The kit is not to be had here, as it depends on this module.
    long seed = Long.getLong("diskformat.seed", ThreadLocalRandom.current().nextLong(1L << 40));
    System.out.println("EditedFilesModelTest: -Ddiskformat.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < SEQUENCES; i++) {
      // Links may lead out of it, into directories that are as empty.
      String root = "%d/above/above/root".formatted(i);
      Path host = Files.createDirectories(directory.resolve(root));
      MemoryTree memory = new MemoryTree();
      try (FileSystem files = DiskFileSystems.of(new ZeroDevice("memory", 1 << 20), memory)) {
        Path ours = Files.createDirectories(files.getPath("/" + root));
        for (int step = 0; step < STEPS; step++) {
          step(random, host, ours, "sequence " + i + ", step " + step + ", seed " + seed);
        }
      }
    }
  }

  /** A file that is written anew is not committed while its end is still the old one. */
  @Test
  void commitsNoFileThatIsPartlyOld() throws IOException {
    MemoryTree memory = new MemoryTree();
    boolean[] fails = {false};
    FileTreeEdit edit = failing(memory, fails, "setSize");
    try (FileSystem files = DiskFileSystems.of(new ZeroDevice("memory", 1 << 20), edit)) {
      Path file = Files.writeString(files.getPath("/file"), "the old content");
      fails[0] = true;
      assertThrows(IOException.class, () -> Files.writeString(file, "new"));
      assertThrows(IOException.class, () -> DiskFileSystems.commit(files));
      assertFalse(memory.committed);
      fails[0] = false;
      assertEquals("new", Files.readString(file));
      DiskFileSystems.commit(files);
      assertTrue(memory.committed);
    }
  }

  /** What a copy was to replace stays while that is not complete, whatever fails. */
  @Test
  void whatIsReplacedStaysUntilTheCopyIsThere() throws IOException {
    for (String failing : List.of("createFile", "write", "setTimes", "replace")) {
      MemoryTree memory = new MemoryTree();
      boolean[] fails = {false};
      try (FileSystem files =
          DiskFileSystems.of(new ZeroDevice("memory", 1 << 20), failing(memory, fails, failing))) {
        Path source = Files.writeString(files.getPath("/source"), "new");
        Path target = Files.writeString(files.getPath("/target"), "old");
        Path _ = Files.writeString(files.getPath("/COPY0.TMP"), "another's");
        StandardCopyOption[] options = {
          StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES
        };
        fails[0] = true;
        IOException e =
            assertThrows(IOException.class, () -> Files.copy(source, target, options), failing);
        assertEquals("made to fail", e.getMessage());
        fails[0] = false;
        assertEquals("old", Files.readString(target));
        try (Stream<Path> all = Files.list(files.getPath("/"))) {
          assertEquals(3, all.count(), failing);
        }
        Files.copy(source, target, options);
        assertEquals("new", Files.readString(target));
        assertEquals("another's", Files.readString(files.getPath("/COPY0.TMP")));
      }
    }
  }

  private static FileTreeEdit failing(MemoryTree memory, boolean[] fails, String failing) {
    return (FileTreeEdit)
        Proxy.newProxyInstance(
            FileTreeEdit.class.getClassLoader(),
            new Class<?>[] {FileTreeEdit.class},
            (proxy, method, arguments) -> {
              if (fails[0] && method.getName().equals(failing)) {
                throw new IOException("made to fail");
              }
              if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
              }
              try {
                return method.invoke(memory, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void replacesNoDirectoryAbove() throws IOException {
    try (FileSystem files =
        DiskFileSystems.of(new ZeroDevice("memory", 1 << 20), new MemoryTree())) {
      Path file = Files.createFile(Files.createDirectory(files.getPath("/d")).resolve("file"));
      assertThrows(
          DirectoryNotEmptyException.class,
          () -> Files.move(file, files.getPath("/d/.."), StandardCopyOption.REPLACE_EXISTING));
      assertTrue(Files.exists(file));
    }
  }

  /** Whether the way to a file may go over a link, which a host takes away before it copies. */
  private static boolean mayGoOver(Path root, String name, Path link) throws IOException {
    if (!Files.isSymbolicLink(link)) {
      return false;
    }
    try {
      return !root.resolve(name).toRealPath().equals(root.toRealPath().resolve(name).normalize());
    } catch (FileSystemException e) {
      return true;
    }
  }

  private static void step(Random random, Path host, Path ours, String where) throws IOException {
    StringBuilder said = new StringBuilder(where).append(": ");
    Operation operation = operation(random, said);
    said.append(" of ").append(tree(host));
    String expected = result(operation, host);
    String found = result(operation, ours);
    if (!isAsPrecise(found, expected)) {
      assertEquals(expected, found, said.toString());
    }
    assertEquals(tree(host), tree(ours), said.toString());
  }

  /** What has no class of its own on a host may have one here. */
  private static boolean isAsPrecise(String found, String expected) {
    boolean failed = expected.equals("FileSystemException");
    return switch (found) {
      // Some calls of a host take that for a file that is not there.
      case "NotDirectoryException" -> failed || expected.equals("NoSuchFileException");
      case "FileSystemLoopException" -> failed;
      default -> found.equals(expected);
    };
  }

  /** What an operation returns or throws, as far as it is the same for all providers. */
  private static String result(Operation operation, Path root) {
    try {
      return String.valueOf(operation.run(root));
    } catch (FileSystemException e) {
      return e.getClass().getSimpleName();
    } catch (IOException e) {
      return "FileSystemException";
    } catch (RuntimeException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static String tree(Path root) throws IOException {
    TreeMap<String, String> files = new TreeMap<>();
    describe(root, "", files);
    return files.toString();
  }

  private static void describe(Path directory, String shown, TreeMap<String, String> files)
      throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        String name = shown + "/" + child.getFileName();
        if (Files.isSymbolicLink(child)) {
          files.put(name, "-> " + Files.readSymbolicLink(child));
          continue;
        }
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(child));
        if (Files.isDirectory(child)) {
          files.put(name, mode);
          describe(child, name, files);
        } else {
          files.put(name, mode + " " + HexFormat.of().formatHex(Files.readAllBytes(child)));
        }
      }
    }
  }

  private static String name(Random random) {
    String[] names = {"a", "b", "c", "d/a", "d/b", "d", "e", "d/d", "d/d/a", "l", "l/a", "d/l"};
    String[] odd = {".", "d/.", "d/..", "a/.", "d/../a", "none/a", "./a"};
    return random.nextInt(12) == 0
        ? odd[random.nextInt(odd.length)]
        : names[random.nextInt(names.length)];
  }

  @SafeVarargs
  private static <T> T[] some(Random random, T[] none, T... all) {
    return Arrays.stream(all).filter(_ -> random.nextInt(3) == 0).toList().toArray(none);
  }

  private static Set<PosixFilePermission> permissions(Random random) {
    Set<PosixFilePermission> set =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    // What the umask of most hosts takes away is left out.
    set.addAll(
        Arrays.asList(
            some(
                random,
                new PosixFilePermission[0],
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_READ,
                PosixFilePermission.OTHERS_EXECUTE)));
    return set;
  }

  private static Operation operation(Random random, StringBuilder said) {
    String name = name(random);
    String other = name(random);
    byte[] content = new byte[random.nextInt(8)];
    random.nextBytes(content);
    int kind = random.nextInt(14);
    said.append(kind).append(' ').append(name).append(' ').append(other);
    switch (kind) {
      case 0, 1:
        return root -> Files.write(root.resolve(name), content).equals(root.resolve(name));
      case 2:
        OpenOption[] options = openOptions(random);
        said.append(Arrays.toString(options));
        return root -> Files.write(root.resolve(name), content, options) != null;
      case 3:
        Set<OpenOption> modes = Set.of(openOptions(random));
        long seed = random.nextLong();
        said.append(modes);
        return root -> channel(root.resolve(name), modes, new Random(seed));
      case 4, 5:
        return root -> Files.createDirectory(root.resolve(name)).equals(root.resolve(name));
      case 6:
        String target = random.nextInt(8) == 0 ? "" : name(random);
        said.append(" target ").append(target);
        return root ->
            Files.createSymbolicLink(root.resolve(name), root.getFileSystem().getPath(target))
                .equals(root.resolve(name));
      case 7:
        return root -> {
          Files.delete(root.resolve(name));
          return "";
        };
      case 8:
        return root -> Files.deleteIfExists(root.resolve(name));
      case 9:
        CopyOption[] moving = some(random, new CopyOption[0], StandardCopyOption.REPLACE_EXISTING);
        said.append(Arrays.toString(moving));
        // A host may have deleted what is there before it finds that it cannot move.
        if (other.startsWith(name) || name.isEmpty() || name.contains(".")) {
          return _ -> "";
        }
        return root -> {
          if (Files.exists(root.resolve(other))
              && root.resolve(other).toRealPath().startsWith(root.resolve(name).toRealPath())) {
            return "";
          }
          return Files.move(root.resolve(name), root.resolve(other), moving) != null;
        };
      case 10:
        CopyOption[] copying =
            some(
                random,
                new CopyOption[0],
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES,
                LinkOption.NOFOLLOW_LINKS);
        said.append(Arrays.toString(copying));
        return root ->
            mayGoOver(root, name, root.resolve(other))
                ? ""
                : Files.copy(root.resolve(name), root.resolve(other), copying) != null;
      case 11:
        Set<PosixFilePermission> permissions = permissions(random);
        return root -> Files.setPosixFilePermissions(root.resolve(name), permissions) != null;
      case 12:
        FileTime time = FileTime.fromMillis(1000L * random.nextInt());
        return root -> {
          Files.setLastModifiedTime(root.resolve(name), time);
          return Files.getLastModifiedTime(root.resolve(name));
        };
      default:
        return attribute(random, name, said);
    }
  }

  private static Operation attribute(Random random, String name, StringBuilder said) {
    Object[][] all = {
      {"unix:mode", 0750},
      {"posix:permissions", permissions(random)},
      {"permissions", permissions(random)},
      {"lastAccessTime", FileTime.fromMillis(5000)},
      {"basic:lastModifiedTime", FileTime.fromMillis(7000)},
      {"creationTime", FileTime.fromMillis(9000)},
      {"lastModifiedTime", "text"},
      {"unix:none", 1},
      {"none:mode", 1},
      {"size", 1L},
      {"owner:none", null}
    };
    Object[] attribute = all[random.nextInt(all.length)];
    said.append(Arrays.toString(attribute));
    return root ->
        Files.setAttribute(root.resolve(name), (String) attribute[0], attribute[1]) != null;
  }

  private static OpenOption[] openOptions(Random random) {
    return some(
        random,
        new OpenOption[0],
        StandardOpenOption.WRITE,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.APPEND,
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.SYNC,
        LinkOption.NOFOLLOW_LINKS);
  }

  private static String channel(Path path, Set<OpenOption> options, Random random)
      throws IOException {
    StringBuilder seen = new StringBuilder();
    if (Files.isDirectory(path)) {
      // A host opens a directory, and then reads nothing of it.
      throw new FileSystemException(path.toString());
    }
    try (SeekableByteChannel channel = Files.newByteChannel(path, options)) {
      for (int n = random.nextInt(6); n > 0; n--) {
        int number = random.nextInt(12);
        byte[] bytes = new byte[number];
        random.nextBytes(bytes);
        int choice = random.nextInt(6);
        seen.append(choice).append(':');
        try {
          switch (choice) {
            case 0 -> seen.append(channel.write(ByteBuffer.wrap(bytes)));
            case 1 -> {
              ByteBuffer buffer = ByteBuffer.wrap(bytes);
              seen.append(channel.read(buffer)).append(Arrays.toString(bytes));
            }
            case 2 -> seen.append(channel.position(number - 1).position());
            case 3 -> seen.append(channel.truncate(number - 1).size());
            case 4 -> seen.append(channel.size()).append(' ').append(channel.position());
            default -> seen.append(Files.size(path));
          }
        } catch (RuntimeException e) {
          seen.append(e.getClass().getSimpleName());
        }
        seen.append(';');
      }
    }
    return seen.toString();
  }
}
