package io.diskformat.qcow2;

import io.diskformat.testing.Field;
import io.diskformat.testing.Mutation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Damages images by what knows their structures: a field of one, or two, gets a value at a limit,
 * or comes to point to another structure. The same seed gives the same images, to the byte, and the
 * same damages.
 */
final class DamagedImages {
  private final Random random;
  private final ImageMaker maker;
  private final Path directory;
  private final List<Path> images = new ArrayList<>();

  DamagedImages(Path directory, Random random) {
    this.directory = directory;
    this.random = random;
    this.maker = ImageMaker.exactly(directory, random);
  }

  /** A damaged image, and what was done to it. */
  record Damaged(Path image, byte[] original, List<Mutation> mutations) {
    @Override
    public String toString() {
      return image.getFileName() + ": " + mutations;
    }

    /** Puts back what was there. */
    void undo() throws IOException {
      try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
        for (Mutation mutation : mutations.reversed()) {
          mutation.undo(channel, original);
        }
      }
    }
  }

  /** Makes images to damage. */
  void make(int count) throws IOException {
    images.addAll(new HostileImages(directory).all());
    for (int i = 0; i < count; i++) {
      ImageSpec spec = ImageSpec.any(random);
      if (spec.backing() == ImageSpec.Backing.NONE) {
        images.add(maker.make(spec).path());
      }
    }
  }

  /** Damages one of the images. */
  Damaged next() throws IOException {
    Path image = images.get(random.nextInt(images.size()));
    byte[] original = Files.readAllBytes(image);
    ImageLayout layout = new ImageLayout(original);
    List<Mutation> mutations = new ArrayList<>();
    mutations.add(mutation(layout, original));
    if (random.nextInt(3) == 0) {
      mutations.add(mutation(layout, original));
    }
    Damaged damaged = new Damaged(image, original, mutations);
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      for (Mutation mutation : mutations) {
        mutation.apply(channel);
      }
    }
    return damaged;
  }

  private Mutation mutation(ImageLayout layout, byte[] original) {
    List<Field> fields = layout.fields();
    // There are many fields of the header, and of streams, which have little to do with a check.
    List<Field> tables =
        fields.stream()
            .filter(field -> field.structure().matches("(?i)(refcount|L1|L2|snapshot|bitmap).*"))
            .toList();
    List<Field> some = random.nextInt(4) == 0 || tables.isEmpty() ? fields : tables;
    Field field = some.get(random.nextInt(some.size()));
    ByteBuffer image = ByteBuffer.wrap(original);
    if (field.width() == 8 && random.nextInt(3) == 0) {
      // It comes to point to where another one points, or to where that one is.
      Field other = fields.get(random.nextInt(fields.size()));
      long present = field.in(image);
      long target = random.nextBoolean() && other.width() == 8 ? other.in(image) : other.position();
      long flags = random.nextBoolean() ? present & (3L << 62 | 1) : 1L << 63;
      return field.set((target & 0x00ff_ffff_ffff_fe00L & -layout.clusterSize()) | flags);
    }
    List<Mutation> mutations = field.mutations(image, layout.clusterSize());
    return mutations.get(random.nextInt(mutations.size()));
  }
}
