package io.diskformat.inside.xfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.inside.FreeSpaceProof;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The blocks that nothing uses, of volumes of each kind with random files. */
class FreeXfsBlocksTest {
  @TempDir Path directory;

  private Path make(XfsFlavour flavour) throws IOException {
    long seed = Seeds.of(getClass(), 1) + flavour.ordinal();
    Prototype tree = new Prototype(directory, seed, flavour.isVersion4(), 300);
    Path image = directory.resolve("image");
    flavour.make(image, tree.write(directory.resolve("prototype")));
    return image;
  }

  private static long number(String pattern, String text) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertEquals(true, found.find(), text);
    return Long.parseLong(found.group(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"VERSION_4_512", "MODERN", "OLDER_5", "SECTORS_4K"})
  void isWhatXfsDbSays(XfsFlavour flavour) throws IOException {
    Path image = make(flavour);
    String known = print(image, "sb 0", "print agcount", "print blocksize");
    long free = 0;
    for (int group = 0; group < number("agcount = (\\d+)", known); group++) {
      free += number("freeblks = (\\d+)", print(image, "agf " + group, "print freeblks"));
    }
    new FreeSpaceProof(image, file -> Oracle.of("xfs_repair").run("-n", "-f", file).orFail())
        .run(free * number("blocksize = (\\d+)", known));
  }

  private static String print(Path image, String... commands) {
    List<Object> arguments = new ArrayList<>(List.of("-r", "-f"));
    for (String command : commands) {
      arguments.addAll(List.of("-c", command));
    }
    arguments.add(image);
    return Oracle.of("xfs_db").run(arguments.toArray()).orFail().output();
  }

  @Test
  void leavesWhatDoesNotAgreeWithItself() throws IOException {
    for (XfsFlavour flavour : new XfsFlavour[] {XfsFlavour.VERSION_4_TYPES, XfsFlavour.MODERN}) {
      Path files = Files.createDirectory(directory.resolve(flavour.name()));
      Path image = directory.resolve(flavour + ".raw");
      flavour.make(image, new Prototype(files, 1, true, 3).write(files.resolve("prototype")));
      byte[] bytes = Files.readAllBytes(image);
      int head = 512;
      int root = bytes[head + 0x13] * (flavour.isVersion4() ? 1024 : 4096);
      for (int at : new int[] {head, head + 0xB, head + 0xF, head + 0x37, root, root + 60}) {
        byte[] damaged = bytes.clone();
        damaged[at] ^= 1;
        if (at != root + 60 || !flavour.isVersion4()) {
          try (BlockDevice device = new MemoryDevice(damaged)) {
            FreeSpaceProof.assertRefused(device);
          }
        }
      }
    }
  }
}
