package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Field;
import io.diskformat.testing.Mutation;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Spoiled images, a random few of those of {@link HostileInputTest}: what qemu-img can read of them
 * is read alike or refused for a reason that is known to be stricter, and what it cannot is not
 * read.
 */
class MutationsAgreeTest {
  private static final int CASES = Integer.getInteger("diskformat.mutations", 250);
  private static final long LARGEST_DISK = 64 << 20;

  /**
   * We refuse what the tool takes for zeroes or for nothing; and versions of the zstd library
   * differ in what corruption they find.
   */
  private static final Pattern STRICTER =
      Pattern.compile(
          "beyond the end of the file|the L1 table ends at|ends with the file|is there twice|policy"
              + " does not allow|no plain file name|is not valid UTF-8|has a zero byte|no format .*"
              + " is installed|no regular file|below 2 to the 56|is no zstd stream");

  /** The tool refuses to open what concerns a snapshot, a bitmap or refcounts, and not the disk. */
  private static final Pattern TOOL_IS_STRICTER =
      Pattern.compile(
          "(?i)snapshot|bitmap|refcount|reftable|data-file-raw requires|Unknown driver"
              + " 'raw'|extension too large|CRYPTO header extension only");

  @TempDir private Path directory;

  @Test
  void randomMutations() throws IOException {
    long seed = Seeds.of(MutationsAgreeTest.class);
    Random random = new Random(seed);
    List<Path> images = new HostileImages(directory).all();
    List<String> disagreements = new ArrayList<>();
    int readable = 0;
    for (int i = 0; i < CASES; i++) {
      Path image = images.get(random.nextInt(images.size()));
      byte[] original = Files.readAllBytes(image);
      ImageLayout layout = new ImageLayout(original);
      Field field = layout.fields().get(random.nextInt(layout.fields().size()));
      List<Mutation> mutations = field.mutations(ByteBuffer.wrap(original), layout.clusterSize());
      Mutation mutation = mutations.get(random.nextInt(mutations.size()));
      try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
        mutation.apply(channel);
        String disagreement = compare(image);
        mutation.undo(channel, original);
        if (disagreement == null) {
          readable++;
        } else if (!disagreement.isEmpty()) {
          disagreements.add(image.getFileName() + ": " + mutation + ": " + disagreement);
        }
      }
    }
    System.out.println(
        "MutationsAgreeTest: " + CASES + " mutations, " + readable + " of them read alike");
    assertEquals(List.of(), disagreements, Seeds.toRepeat(seed));
  }

  /** Returns what is not alike, empty if neither can be read, null if both can. */
  private String compare(Path image) throws IOException {
    byte[] header = new byte[32];
    try (var in = Files.newInputStream(image)) {
      in.readNBytes(header, 0, header.length);
    }
    if (Long.compareUnsigned(ByteBuffer.wrap(header).getLong(24), LARGEST_DISK) > 0) {
      return "";
    }
    Path raw = directory.resolve("raw");
    Oracle.Result tool =
        Oracle.of("qemu-img")
            .in(directory)
            .run("convert", "-f", "qcow2", "-O", "raw", image.getFileName(), raw);
    byte[] ours;
    try {
      ours = read(image);
    } catch (DiskFormatException | java.nio.file.NoSuchFileException e) {
      boolean fine = tool.exitCode() != 0 || STRICTER.matcher(e.getMessage()).find();
      return fine ? "" : "the tool reads it, but " + e;
    }
    if (tool.exitCode() != 0) {
      boolean fine = TOOL_IS_STRICTER.matcher(tool.error()).find();
      return fine ? "" : "we read it, but " + tool.error();
    }
    byte[] theirs = Files.readAllBytes(raw);
    int mismatch = Arrays.mismatch(theirs, ours);
    return mismatch < 0 ? null : "byte " + mismatch + " is wrong";
  }

  private static byte[] read(Path image) throws IOException {
    OpenOptions options =
        OpenOptions.readOnly().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (DiskImage opened = DiskImages.open(image, options)) {
      byte[] content = new byte[(int) opened.size()];
      opened.read(0, content);
      return content;
    }
  }
}
