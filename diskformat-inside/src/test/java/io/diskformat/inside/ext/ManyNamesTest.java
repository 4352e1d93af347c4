package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.spi.NameBytes;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Directories with many names: what each takes, and that each is found. */
class ManyNamesTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_750_000_000);
  private static final int BATCHES = 6;
  private static final int BATCH = 150;

  @TempDir Path directory;

  private Path make(int names, String... options) throws IOException {
    Path crowd = Files.createDirectories(directory.resolve("files/crowd"));
    for (int i = 0; i < names; i++) {
      Files.createFile(crowd.resolve(name(i)));
    }
    Files.writeString(directory.resolve("files/many"), "of many names");
    Path image = directory.resolve("image");
    List<Object> arguments = new ArrayList<>(List.of("-q", "-d", directory.resolve("files")));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(image, "32M"));
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
    return image;
  }

  private static String name(int i) {
    return "name " + i + "-".repeat(i % 60);
  }

  private static void index(Path image) {
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
  }

  private static Set<String> list(Path image) throws IOException {
    Set<String> names = new TreeSet<>();
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      FileNode.Cursor cursor =
          new Ext().open(device, Map.of()).root().find("crowd").orElseThrow().list();
      for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
        assertTrue(names.add(entry.name()), entry.name());
      }
    }
    return names;
  }

  /** What is done with a name. */
  private interface Action {
    void run(Path file) throws IOException;
  }

  /** Fails unless each name of the last batch takes about as many reads as one of the first. */
  private static void assertEven(RecordedDevice device, Path crowd, int count, Action action)
      throws IOException {
    List<Long> reads = new ArrayList<>();
    for (int batch = 0; batch < BATCHES; batch++) {
      long before = device.reads();
      for (int i = 0; i < count / BATCHES; i++) {
        action.run(crowd.resolve(name(batch * (count / BATCHES) + i)));
      }
      reads.add(device.reads() - before);
    }
    long more = reads.getLast() - reads.getFirst();
    assertTrue(more < 64L * count / BATCHES, reads::toString);
  }

  /** However many names there are: in an index, and in blocks one after the other. */
  @ParameterizedTest
  @CsvSource({
    "ext4, 1024, true, ^has_journal",
    "ext4, 1024, false, ^metadata_csum",
    "ext2, 1024, false, ^resize_inode"
  })
  void eachNameTakesTheSame(String kind, int blockSize, boolean indexed, String features)
      throws IOException {
    Path image =
        make(
            indexed ? 300 : 0,
            "-t",
            kind,
            "-b",
            Integer.toString(blockSize),
            "-O",
            features,
            "-N",
            "4096");
    if (indexed) {
      index(image);
    }
    // The first file that has a label ends the search for one, wherever the others are.
    Oracle.of("debugfs").run("-w", "-R", "ea_set crowd security.selinux a:b", image).orFail();
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    int count = BATCHES * BATCH;
    ExtEdit edit = ExtEdit.of(device, NOW);
    try (FileSystem files = DiskFileSystems.of(device, edit)) {
      Path crowd = files.getPath("/crowd");
      for (int i = 0; i < 300 && indexed; i++) {
        Files.delete(crowd.resolve(name(i)));
      }
      for (int i = 0; i < 300; i++) {
        // So that there are several blocks, or leaves, before it is counted.
        Files.createFile(crowd.resolve("before " + "x".repeat(i / 5) + i));
      }
      assertEven(device, crowd, count, file -> Files.createFile(file));
      assertEven(
          device,
          crowd,
          count,
          file -> Files.move(file, file.resolveSibling("moved " + file.getFileName())));
      assertEven(
          device,
          crowd,
          count,
          file -> Files.delete(file.resolveSibling("moved " + file.getFileName())));
      // What is gone is looked at no more than what is there.
      assertEven(device, crowd, count, file -> Files.createFile(file));
      DiskFileSystems.commit(files);
    }
    Files.write(image, device.bytes());
    Edits.assertSilent(image);
    Set<String> expected = new TreeSet<>();
    IntStream.range(0, 300).forEach(i -> expected.add("before " + "x".repeat(i / 5) + i));
    IntStream.range(0, count).forEach(i -> expected.add(name(i)));
    assertEquals(expected, list(image));
  }

  /** Names come and go, and changes are taken back; what is not in the index is not there. */
  @ParameterizedTest
  @CsvSource({"true, half_md4", "true, tea", "true, legacy", "false, tea"})
  void eachNameIsFound(boolean indexed, String hash) throws IOException {
    Path image = make(400, "-t", "ext4", "-b", "1024", "-N", "2048");
    if (indexed) {
      Oracle.of("tune2fs").run("-E", "hash_alg=" + hash, image).orFail();
      index(image);
    }
    Random random = new Random(Seeds.of(ManyNamesTest.class, 1));
    Set<String> expected = list(image);
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
        ExtEdit edit = ExtEdit.of(device, NOW)) {
      for (int i = 0; i < 600; i++) {
        FileNode crowd = Edits.find(edit, "/crowd");
        String name = name(random.nextInt(900));
        assertEquals(expected.contains(name), crowd.find(name).isPresent(), name);
        String other = "x".repeat(random.nextInt(200)) + name;
        try {
          switch (random.nextInt(6)) {
            case 0, 1 -> edit.createFile(crowd, name, 0644);
            case 2 -> edit.delete(crowd, name);
            case 3 -> edit.rename(crowd, name, crowd, other);
            case 4 -> edit.replace(crowd, name, other);
            // Taken back if there is no such name, which is found when the other is deleted.
            default -> edit.replace(crowd, name, "name 0");
          }
        } catch (IOException e) {
          assertTrue(e instanceof FileSystemException, e.toString());
        }
        expected.clear();
        FileNode.Cursor cursor = Edits.find(edit, "/crowd").list();
        for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
          assertTrue(expected.add(entry.name()), entry.name());
        }
      }
      edit.commit();
    }
    Edits.assertSilent(image);
    assertEquals(expected, list(image));
  }

  /** However many directories names are looked for in, those of a few are kept. */
  @Test
  void namesOfFewDirectoriesAreKept() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path image = directory.resolve("image");
    Oracle.of("mke2fs")
        .run(
            "-q",
            "-t",
            "ext2",
            "-b",
            "1024",
            "-O",
            "^dir_index",
            "-N",
            "4096",
            "-d",
            files,
            image,
            "32M")
        .orFail();
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    byte[] name = "n".repeat(250).getBytes(StandardCharsets.US_ASCII);
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      for (int i = 0; i < 80; i++) {
        edit.createDirectory(Edits.find(edit, "/"), "d" + i, 0755);
        for (int j = 0; j < 28; j++) {
          edit.createFile(Edits.find(edit, "/d" + i), (j > 0 ? j : "") + "n".repeat(250), 0644);
        }
      }
      edit.commit();
    }
    ExtChanges changes = new ExtChanges(device, NOW);
    DirectoryLookup lookup = new DirectoryLookup(changes);
    int most = 0;
    for (int i = 0; i < 160; i++) {
      Inode crowd = changes.volume().inode(number(changes, "d" + i % 80));
      assertTrue(crowd.size() > 8 * 1024, crowd.size() + " bytes");
      assertNotNull(lookup.find(crowd, name));
      most = Math.max(most, lookup.kept());
    }
    assertEquals(64, most);
  }

  /** A leaf may go on with the hash that ends the one before; names are looked for in both. */
  @Test
  void oneHashMayBeInSeveralLeaves() throws IOException {
    Path image = make(400, "-t", "ext4", "-b", "1024", "-N", "2048");
    index(image);
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    ExtChanges changes = new ExtChanges(device, NOW);
    Inode crowd = changes.volume().inode(number(changes, "crowd"));
    DirectoryIndex index = new DirectoryIndex(changes, crowd);
    long block = index.block(0);
    byte[] root = changes.device().change(block);
    ByteBuffer bytes = ByteBuffer.wrap(root).order(ByteOrder.LITTLE_ENDIAN);
    int count = bytes.getShort(DirectoryBlocks.ROOT_INDEX_AT + 2);
    assertTrue(count > 10, count + " leaves");
    for (int i = 1; i < count; i++) {
      int at = DirectoryBlocks.ROOT_INDEX_AT + i * DirectoryBlocks.INDEX_ENTRY;
      bytes.putInt(at, bytes.getInt(at) | 1);
    }
    new DirectorySigner(changes).signIndex(crowd, root, true);
    DirectoryLookup lookup = new DirectoryLookup(changes);
    int several = 0;
    for (int i = 0; i < 400; i++) {
      byte[] name = NameBytes.encode(name(i));
      assertNotNull(lookup.find(crowd, name), name(i));
      assertNull(lookup.find(crowd, NameBytes.encode("no " + name(i))));
      several += index.leaves(name).length > 1 ? 1 : 0;
    }
    assertTrue(several > 10, several + " were looked for in several");
  }

  private static long number(ExtChanges changes, String name) throws IOException {
    FileNode node = new ExtTree(changes.volume()).root().find(name).orElseThrow();
    return ((ExtNode) node).number();
  }

  /** An index of large_dir with another level of blocks, which is made and then changed. */
  @Test
  void indexesOfThreeLevels() throws IOException {
    Path image = make(400, "-t", "ext4", "-b", "1024", "-N", "2048", "-O", "large_dir");
    index(image);
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    ExtChanges changes = new ExtChanges(device, NOW);
    BlockAllocator blocks = new BlockAllocator(changes, null);
    DirectoryEdit directories = new DirectoryEdit(changes, blocks);
    long crowd = number(changes, "crowd");
    long many = number(changes, "many");
    DirectoryIndex index = new DirectoryIndex(changes, changes.volume().inode(crowd));
    NameHash hash = index.hash();
    // In the order of their hashes, leaves stay half empty.
    List<String> names =
        IntStream.range(0, 20_000)
            .mapToObj(i -> i + "n".repeat(248))
            .sorted(
                Comparator.comparingLong(name -> hash.of(name.getBytes(StandardCharsets.US_ASCII))))
            .toList();
    Set<String> expected = list(image);
    int made = 0;
    while (levels(changes, crowd) < 2) {
      changes.begin();
      InodeChange inode = InodeChange.of(changes, crowd);
      byte[] name = names.get(made).getBytes(StandardCharsets.US_ASCII);
      var _ = directories.add(inode, name, many, 1, true);
      inode.save();
      expected.add(names.get(made));
      made++;
    }
    InodeChange file = InodeChange.of(changes, many);
    file.setLinks(made + 1);
    file.save();
    Commit commit =
        new Commit(changes, blocks, new InodeAllocator(changes, blocks), directories, device);
    commit.prepare();
    commit.write();
    Files.write(image, device.bytes());
    Edits.assertSilent(image);

    int first = made;
    Edits.commit(
        image,
        edit -> {
          for (int i = 0; i < 200; i++) {
            FileNode directory = Edits.find(edit, "/crowd");
            assertTrue(directory.find(names.get(i * 70)).isPresent());
            switch (i % 4) {
              case 0 -> edit.delete(directory, names.get(i * 70));
              case 1 -> edit.rename(directory, names.get(i * 70), directory, "renamed " + i);
              default -> edit.createFile(directory, names.get(first + i), 0644);
            }
          }
        });
    for (int i = 0; i < 200; i++) {
      if (i % 4 < 2) {
        expected.remove(names.get(i * 70));
      }
      if (i % 4 == 1) {
        expected.add("renamed " + i);
      } else if (i % 4 > 1) {
        expected.add(names.get(first + i));
      }
    }
    Edits.assertSilent(image);
    assertEquals(expected, list(image));
  }

  private static int levels(ExtChanges changes, long directory) throws IOException {
    return new DirectoryIndex(changes, changes.volume().inode(directory)).levels();
  }
}
