package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Field;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One field or two of a disc say something else: whoever lists all of each tree and reads all of
 * each file has an answer or a {@link DiskFormatException}, and never more than there can be.
 * {@code -Ddiskformat.pairs=1000000} makes a long run.
 */
final class HostilePairsTest {
  private static final int RUNS = Integer.getInteger("diskformat.pairs", 20_000);
  private static final int MOST_FILES = 10_000;
  private static final int PIECE = 1 << 16;

  private final byte[] piece = new byte[PIECE];
  private int files;

  @Test
  void pairs(@TempDir Path directory) throws IOException {
    long seed = Seeds.of(getClass(), 1);
    Random random = new Random(seed);
    List<Path> images = HostileDiscs.in(directory);
    int refused = 0;
    for (Path image : images) {
      byte[] bytes = Files.readAllBytes(image);
      List<Field> fields = new DiscStructures(bytes).fields();
      MemoryStorage storage = MemoryStorage.of("mutated", bytes.clone());
      for (int run = 0; run < RUNS / images.size(); run++) {
        Field[] changed = new Field[1 + random.nextInt(2)];
        for (int i = 0; i < changed.length; i++) {
          changed[i] = fields.get(random.nextInt(fields.size()));
          storage.write(changed[i].position(), MemorySegment.ofArray(value(changed[i], random)));
        }
        try {
          refused += readAll(storage, random) ? 0 : 1;
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              image.getFileName() + ", " + List.of(changed) + ", " + Seeds.toRepeat(seed), e);
        }
        for (Field field : changed) {
          int at = (int) field.position();
          storage.write(at, MemorySegment.ofArray(bytes).asSlice(at, field.width()));
        }
      }
    }
    assertTrue(refused > RUNS / 50, refused + " were refused");
  }

  private static byte[] value(Field field, Random random) {
    byte[] value = new byte[field.width()];
    switch (random.nextInt(5)) {
      case 0 -> random.nextBytes(value);
      case 1 -> java.util.Arrays.fill(value, (byte) 0xff);
      case 2 -> value[0] = (byte) random.nextInt(64);
      case 3 -> value[value.length - 1] = (byte) 0x80;
      default -> {}
    }
    return value;
  }

  private boolean readAll(MemoryStorage storage, Random random) throws IOException {
    TreeKind kind = TreeKind.values()[random.nextInt(TreeKind.values().length)];
    Map<String, String> choices = random.nextBoolean() ? Map.of() : Map.of("tree", kind.option());
    files = 0;
    try {
      IsoImage disc = IsoImage.open(storage);
      disc.info();
      list(FileTrees.open(disc, choices).root());
      return true;
    } catch (DiskFormatException e) {
      return false;
    } catch (IllegalArgumentException e) {
      // Where ISO 9660 is no longer marked, there is UDF alone, which has no other trees.
      assertTrue(e.getMessage().contains("UDF is all"), e.getMessage());
      return false;
    }
  }

  private void list(FileNode directory) throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      files++;
      assertTrue(files < MOST_FILES, "no end of files");
      FileNode node = entry.node();
      if (node.kind() == Kind.DIRECTORY) {
        list(node);
      } else if (node.kind() == Kind.FILE) {
        read(node);
      }
    }
  }

  /** Reads the beginning and the end of what may be as long as zisofs says. */
  private void read(FileNode file) throws IOException {
    try (BlockDevice content = file.content()) {
      int length = (int) Math.min(PIECE, content.size());
      content.read(0, java.nio.ByteBuffer.wrap(piece, 0, length));
      content.read(content.size() - length, java.nio.ByteBuffer.wrap(piece, 0, length));
    }
  }
}
