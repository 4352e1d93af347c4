package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A tree of files as it should be, and random changes of it and of an edit alike. */
final class FatModel {
  private static final String[] LETTERS = {
    "a", "b", "Z", "0", "9", " ", ".", "-", "_", "+", ",", "=", "ä", "ß", "é", "日", "Ω", "😀"
  };
  private static final String[] NAMES = {
    "readme.txt", "README.TXT", "Readme.txt", "lower", "UPPER", "lower.EXT", "UPPER.ext", "a.b.c"
  };
  private static final int MOST_FILES = 60;

  private final Random random;
  private Directory root = new Directory();

  /** How many changes did not fit. */
  private int refused;

  FatModel(long seed) {
    this.random = new Random(seed);
  }

  private sealed interface File permits Directory, Content {
    File copy();
  }

  private record Directory(TreeMap<String, File> files) implements File {
    Directory() {
      this(new TreeMap<>(String.CASE_INSENSITIVE_ORDER));
    }

    @Override
    public Directory copy() {
      Directory copy = new Directory();
      files.forEach((name, file) -> copy.files.put(name, file.copy()));
      return copy;
    }
  }

  /**
   * A regular file.
   *
   * @param modified in seconds, or 0 if that is when the edit was
   */
  private record Content(byte[] bytes, long modified) implements File {
    @Override
    public Content copy() {
      return this;
    }
  }

  /** Returns this tree as it is now. */
  FatModel copy() {
    FatModel copy = new FatModel(random.nextLong());
    copy.root = root.copy();
    return copy;
  }

  int refused() {
    return refused;
  }

  /** A directory of the tree, and the same of the edit's. */
  private record Pair(Directory model, FileNode node) {}

  /** Makes some changes. */
  void change(FileTreeEdit edit, int changes) throws IOException {
    for (int i = 0; i < changes; i++) {
      try {
        changeOnce(edit);
      } catch (FileSystemException e) {
        String reason = String.valueOf(e.getReason());
        assertTrue(
            reason.startsWith("no space left") || reason.startsWith("the directory is full"),
            () -> String.valueOf(e));
        refused++;
      }
    }
  }

  private void changeOnce(FileTreeEdit edit) throws IOException {
    Pair at = walk(edit);
    boolean full = count(root) > MOST_FILES;
    switch (random.nextInt(full ? 5 : 12)) {
      case 0, 1 -> delete(edit, at);
      case 2 -> resize(edit, at);
      case 3 -> rename(edit, at);
      case 4, 5 -> write(edit, at);
      case 6 -> createDirectory(edit, at);
      case 7 -> attributes(edit, at);
      default -> create(edit, at);
    }
  }

  private Pair walk(FileTreeEdit edit) throws IOException {
    Pair at = new Pair(root, edit.tree().root());
    while (random.nextInt(3) > 0) {
      List<String> names = names(at.model, Directory.class);
      if (names.isEmpty()) {
        return at;
      }
      String name = names.get(random.nextInt(names.size()));
      at = new Pair((Directory) file(at, name), find(at.node, name));
    }
    return at;
  }

  private static File file(Pair at, String name) {
    File file = at.model.files.get(name);
    if (file == null) {
      throw new AssertionError("no file " + name);
    }
    return file;
  }

  private static List<String> names(Directory directory, Class<? extends File> kind) {
    return directory.files.entrySet().stream()
        .filter(each -> kind.isInstance(each.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private @Nullable String any(Directory directory, Class<? extends File> kind) {
    List<String> names = names(directory, kind);
    return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
  }

  private static FileNode find(FileNode directory, String name) throws IOException {
    return directory.find(name).orElseThrow(() -> new AssertionError("no file " + name));
  }

  private static int count(Directory directory) {
    int count = 0;
    for (File file : directory.files.values()) {
      count += 1 + (file instanceof Directory inner ? count(inner) : 0);
    }
    return count;
  }

  private String name() {
    if (random.nextInt(4) == 0) {
      return NAMES[random.nextInt(NAMES.length)];
    }
    int length = random.nextInt(10) == 0 ? 40 + random.nextInt(80) : 1 + random.nextInt(16);
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return "n" + name + "e";
  }

  private byte[] bytes() {
    int[] sizes = {0, 1, 511, 512, 513, 4095, 4096, 4097, random.nextInt(20_000)};
    byte[] bytes = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(bytes);
    return bytes;
  }

  private void create(FileTreeEdit edit, Pair at) throws IOException {
    String name = name();
    if (at.model.files.containsKey(name)) {
      assertThrows(FileAlreadyExistsException.class, () -> edit.createFile(at.node, name, 0644));
      return;
    }
    edit.createFile(at.node, name, 0644);
    at.model.files.put(name, new Content(new byte[0], 0));
    byte[] bytes = bytes();
    edit.write(find(at.node, name), 0, MemorySegment.ofArray(bytes));
    at.model.files.put(name, new Content(bytes, 0));
  }

  private void createDirectory(FileTreeEdit edit, Pair at) throws IOException {
    String name = name();
    if (at.model.files.containsKey(name)) {
      assertThrows(
          FileAlreadyExistsException.class, () -> edit.createDirectory(at.node, name, 0755));
      return;
    }
    edit.createDirectory(at.node, name, 0755);
    at.model.files.put(name, new Directory());
  }

  private void write(FileTreeEdit edit, Pair at) throws IOException {
    String name = any(at.model, Content.class);
    if (name == null) {
      return;
    }
    Content file = (Content) file(at, name);
    byte[] bytes = bytes();
    int position = random.nextInt(file.bytes.length + (random.nextInt(3) == 0 ? 5000 : 1));
    edit.write(find(at.node, name), position, MemorySegment.ofArray(bytes));
    if (bytes.length > 0) {
      byte[] changed =
          Arrays.copyOf(file.bytes, Math.max(file.bytes.length, position + bytes.length));
      System.arraycopy(bytes, 0, changed, position, bytes.length);
      at.model.files.put(name, new Content(changed, 0));
    }
  }

  private void resize(FileTreeEdit edit, Pair at) throws IOException {
    String name = any(at.model, Content.class);
    if (name == null) {
      return;
    }
    Content file = (Content) file(at, name);
    int size = random.nextInt(3) == 0 ? 0 : random.nextInt(2 * file.bytes.length + 2);
    edit.setSize(find(at.node, name), size);
    at.model.files.put(name, new Content(Arrays.copyOf(file.bytes, size), 0));
  }

  private void delete(FileTreeEdit edit, Pair at) throws IOException {
    String name = any(at.model, File.class);
    if (name == null) {
      return;
    }
    if (file(at, name) instanceof Directory inner && !inner.files.isEmpty()) {
      assertThrows(DirectoryNotEmptyException.class, () -> edit.delete(at.node, name));
      return;
    }
    edit.delete(at.node, name);
    at.model.files.remove(name);
  }

  private void rename(FileTreeEdit edit, Pair at) throws IOException {
    String name = any(at.model, File.class);
    Pair to = random.nextBoolean() ? at : walk(edit);
    if (name == null) {
      return;
    }
    String newName = random.nextInt(4) == 0 ? name : name();
    File file = file(at, name);
    boolean same = at.model == to.model && name.equalsIgnoreCase(newName);
    if (file instanceof Directory directory && isWithin(to.model, directory)) {
      assertThrows(FileSystemException.class, () -> edit.rename(at.node, name, to.node, newName));
      return;
    }
    if (!same && to.model.files.containsKey(newName)) {
      assertThrows(
          FileAlreadyExistsException.class, () -> edit.rename(at.node, name, to.node, newName));
      return;
    }
    edit.rename(at.node, name, to.node, newName);
    at.model.files.remove(name);
    to.model.files.put(newName, file);
  }

  private static boolean isWithin(Directory inner, Directory outer) {
    return inner == outer
        || outer.files.values().stream()
            .anyMatch(each -> each instanceof Directory next && isWithin(inner, next));
  }

  private void attributes(FileTreeEdit edit, Pair at) throws IOException {
    String name = any(at.model, Content.class);
    if (name == null) {
      return;
    }
    long seconds = 320_000_000 + 2L * random.nextInt(900_000_000);
    FileNode node = find(at.node, name);
    edit.setTimes(node, FileTime.from(seconds, TimeUnit.SECONDS), null);
    at.model.files.put(name, new Content(((Content) file(at, name)).bytes, seconds));
    edit.setPermissions(find(at.node, name), random.nextBoolean() ? 0444 : 0644);
  }

  /** Returns what each file is, by its path. */
  Map<String, String> describe() {
    Map<String, String> files = new TreeMap<>();
    describe("", root, files);
    return files;
  }

  private static void describe(String path, Directory directory, Map<String, String> files) {
    directory.files.forEach((name, file) -> {
      switch (file) {
        case Directory inner -> {
          files.put(path + name, "directory");
          describe(path + name + "/", inner, files);
        }
        case Content content -> files.put(path + name, shown(content.bytes, content.modified));
      }
    });
  }

  private static String shown(byte[] bytes, long modified) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    // What the edit changed has its time: no test knows that.
    String time = modified > 1_780_000_000 || modified == 0 ? "now" : Long.toString(modified);
    return bytes.length + " " + Long.toHexString(sum.getValue()) + " " + time;
  }

  /** Returns what each file of a volume is. */
  static Map<String, String> describe(BlockDevice device) throws IOException {
    return describe(new Fat().open(device, Map.of()));
  }

  /** Returns what each file of a tree is. */
  static Map<String, String> describe(FileTree tree) throws IOException {
    Map<String, String> files = new TreeMap<>();
    describe("", tree.root(), files);
    return files;
  }

  private static void describe(String path, FileNode directory, Map<String, String> files)
      throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      FileNode node = entry.node();
      String name = path + entry.name();
      if (node.kind() == Kind.DIRECTORY) {
        assertEquals(null, files.put(name, "directory"));
        describe(name + "/", node, files);
        continue;
      }
      try (BlockDevice content = node.content()) {
        byte[] bytes = new byte[(int) content.size()];
        content.read(0, bytes);
        // What fsck.fat has found has no time.
        long seconds =
            node.attributes().modified().map(each -> each.to(TimeUnit.SECONDS)).orElse(-1L);
        assertEquals(null, files.put(name, shown(bytes, seconds)));
      }
    }
  }

  /** Returns what each file of the host below a directory is. */
  static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    List<Path> found = new ArrayList<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(path -> !path.equals(root)).forEach(found::add);
    }
    for (Path path : found) {
      long seconds = Files.getLastModifiedTime(path).to(TimeUnit.SECONDS);
      files.put(
          root.relativize(path).toString(),
          Files.isDirectory(path) ? "directory" : shown(Files.readAllBytes(path), seconds));
    }
    return files;
  }
}
