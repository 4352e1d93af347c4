package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.PowerCut;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Work on a VMDK image: no grain may have two owners, by whichever directory it is read; by either
 * the disk is right, and so is all that the descriptor says beside it.
 */
final class PowerCutScenario extends PowerCut {
  private static final int SECTOR = 512;

  /** What image is worked on. */
  enum Kind {
    USUAL(128, false),
    SMALL_GRAINS(8, false),
    TINY_GRAINS(1, false),
    ZEROED_GRAINS(8, true),
    SINGLE(8, false),
    WITHOUT_TABLES(1, true),
    CHILD(8, true),
    CHILD_WITHOUT_ZEROED_GRAINS(16, false),
    COMPACTION(8, false),
    COMPACTION_CHILD(8, true),
    COMPACTION_TABLES(8, true),
    GROWTH(8, false),
    GROWTH_LONG_DESCRIPTOR(8, false),
    GROWTH_TINY_TABLES(1, true),
    GROWTH_CHILD(8, true),
    GROWTH_CHILD_WITHOUT_ZEROED_GRAINS(8, false);

    private final int grainSectors;
    private final boolean zeroed;

    Kind(int grainSectors, boolean zeroed) {
      this.grainSectors = grainSectors;
      this.zeroed = zeroed;
    }

    boolean isChild() {
      return name().contains("CHILD");
    }

    boolean isCompacted() {
      return name().startsWith("COMPACTION");
    }

    /** Its tables come among the grains. */
    boolean isWithoutTables() {
      return this == WITHOUT_TABLES || this == COMPACTION_TABLES;
    }

    boolean isGrown() {
      return name().startsWith("GROWTH");
    }

    private int tableEntries() {
      return this == GROWTH_TINY_TABLES
          ? 4
          : this == COMPACTION_TABLES ? 16 : grainSectors == 1 ? 128 : 512;
    }

    /** Of lines that nobody knows: more than a page of them, or a few. */
    private int moreLines() {
      return this == GROWTH_LONG_DESCRIPTOR ? 60 : 2;
    }
  }

  /** Keeps what was left. */
  private static final class Kept extends VmdkUnderTest {
    private PagedStorage left = new PagedStorage("");

    @Override
    public String corruption(Storage image) throws IOException {
      left = ((PagedStorage) image).copy(image.name());
      return super.corruption(image);
    }
  }

  private final Kind kind;
  private final Path directory;
  private final Random random;
  private final int size;
  private final int sizeAtFirst;
  private final Kept kept;
  private DiskModel model = new DiskModel(0);

  PowerCutScenario(Kind kind, Path directory, long seed) {
    this(kind, directory, new Random(seed));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random) {
    this(kind, directory, random, SECTOR * (200 + random.nextInt(1800)), new Kept());
  }

  private PowerCutScenario(Kind kind, Path directory, Random random, int size, Kept kept) {
    super(kept, directory.resolve("image.vmdk"), size, random);
    this.kind = kind;
    this.directory = directory;
    this.random = random;
    this.size = size;
    this.kept = kept;
    this.sizeAtFirst = kind.isGrown() ? SECTOR * (1 + random.nextInt(size / SECTOR)) : size;
  }

  private static String unknownLine(int i) {
    return "ddb.unknown" + i + " = \"of which nobody knows anything, number " + i + "\"";
  }

  @Override
  protected void create(Path image, DiskModel model) throws IOException {
    this.model = model;
    byte[] content = kind.isChild() ? content(sizeAtFirst, model) : new byte[sizeAtFirst];
    Disk disk = new Disk(new byte[sizeAtFirst], kind.grainSectors);
    boolean holes = kind.isChild() || kind.isWithoutTables();
    for (int i = 0; i < disk.grains.length; i++) {
      // What is stored here of a child would hide what the model has in its parent.
      disk.set(i, !holes && random.nextInt(4) == 0 ? Grain.STORED : Grain.HOLE);
    }
    SparseFile file = new SparseFile(disk);
    file.redundant = kind != Kind.SINGLE;
    file.zeroFlag = kind.zeroed;
    file.version = kind.zeroed ? 2 : 1;
    file.tableEntries = kind.tableEntries();
    file.tables = !kind.isWithoutTables();
    DescriptorFile descriptor = SparseFile.of(disk);
    if (kind.isChild()) {
      // What the parent has where the disk has ended must not show once it grows.
      byte[] below = new byte[size];
      random.nextBytes(below);
      System.arraycopy(content, 0, below, 0, content.length);
      SparseFile parent = new SparseFile(new Disk(below, 8));
      var _ = parent.described().build().write(directory.resolve("parent.vmdk"));
      descriptor.over("parent.vmdk", "12345678");
    }
    for (int i = 0; i < kind.moreLines(); i++) {
      descriptor.more(unknownLine(i));
    }
    var _ = file.described(descriptor).build().write(image);
  }

  @Override
  protected void work(Storage storage, DiskModel model, int operations) throws IOException {
    if (kind.isCompacted()) {
      try (DiskImage disk = open(storage)) {
        for (int i = 0; i < operations / 2; i++) {
          change(disk, model, 10);
        }
        model.flush(disk);
      }
      try (ImageMaintenance image =
          DiskImages.maintain(
              new NamedStorage(storage, directory.resolve("image.vmdk")), VMDK.writable())) {
        image.compact(ProgressListener.NONE);
      }
    } else if (kind.isGrown()) {
      workAndGrow(storage, model, operations);
    } else {
      super.work(storage, model, operations);
    }
  }

  @Override
  protected void look(DiskImage opened, int point) throws IOException {
    PagedStorage left = kept.left;
    assertDescriptor(left);
    if (kind == Kind.SINGLE || kind.isGrown()) {
      return;
    }
    // Its first directory is lost, so that it is read by the other one.
    long first = left.read(56, 8).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    long grains = Math.ceilDiv(size / SECTOR, kind.grainSectors);
    int tables = (int) Math.ceilDiv(grains, kind.tableEntries());
    left.write(first * SECTOR, MemorySegment.ofArray(new byte[4 * tables]));
    try (DiskImage disk =
        DiskImages.open(new NamedStorage(left, directory.resolve("image.vmdk")), VMDK.readOnly())) {
      model.after(point).verify(disk);
    }
  }

  private void assertDescriptor(Storage left) throws IOException {
    MainFile main = MainFile.read(left);
    String text = new String(main.place(left).read(), StandardCharsets.US_ASCII);
    List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n")));
    List<String> unknown = lines.stream().filter(line -> line.contains("unknown")).toList();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < kind.moreLines(); i++) {
      expected.add(unknownLine(i));
    }
    assertEquals(expected, unknown);
    assertEquals(1, lines.stream().filter(line -> line.startsWith("RW ")).count());
  }
}
