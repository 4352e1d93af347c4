package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.content.Content;
import io.diskformat.inside.content.Contents;
import io.diskformat.inside.lvm.LogicalVolume;
import io.diskformat.inside.lvm.LogicalVolumes;
import io.diskformat.inspect.Partition;
import io.diskformat.inspect.PartitionTable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The disks of a guest: their partitions, the volumes on them, and the files on those, all read
 * without a kernel or another program.
 *
 * <pre>{@code
 * try (DiskImage image = DiskImages.open(path)) {
 *   Disk disk = Disk.of(image);
 *   disk.volumes().forEach(volume -> print(volume.name() + ": " + volume.content().type()));
 *   try (FileSystem files = disk.mount("/dev/vg/root")) {
 *     print(Files.readString(files.getPath("/etc/hostname")));
 *   }
 * }
 * }</pre>
 *
 * The partitions and volumes are read when this is created and not again, so nothing but an {@link
 * Edit} should write the disks meanwhile; even after an edit, a volume's label and used space are
 * those from before. Thread-safe. Only the images need be closed, by their owner.
 */
public final class Disk {
  /** The most volumes that an error lists. */
  private static final int MOST_NAMED = 20;

  private final List<AttachedDisk> disks;
  private final List<Volume> volumes;
  private final List<String> problems;
  private final EditGate gate;

  /** The names of volumes on which a snapshot depends. */
  private final Set<String> origins;

  private Disk(
      List<AttachedDisk> disks,
      List<Volume> volumes,
      Set<String> origins,
      Map<String, String> refused,
      List<String> problems) {
    this.problems = List.copyOf(problems);
    this.disks = List.copyOf(disks);
    this.volumes = List.copyOf(volumes);
    this.origins = Set.copyOf(origins);
    this.gate = new EditGate(this.volumes, refused);
  }

  /**
   * Reads one disk or several, which are called {@code /dev/sda}, {@code /dev/sdb} and so on.
   *
   * @param devices images as a rule; they stay the caller's
   * @throws IllegalArgumentException if there are none
   * @throws DiskFormatException if what a disk says of itself makes no sense, or is not supported
   * @throws IOException if one of them cannot be read
   */
  public static Disk of(BlockDevice... devices) throws IOException {
    if (devices.length == 0) {
      throw new IllegalArgumentException("no disk");
    }
    List<AttachedDisk> disks = new ArrayList<>();
    List<Volume> volumes = new ArrayList<>();
    for (int i = 0; i < devices.length; i++) {
      AttachedDisk disk = AttachedDisk.of(DeviceNames.disk(i), devices[i]);
      disks.add(disk);
      volumes.addAll(disk.volumes());
    }
    List<String> problems = new ArrayList<>();
    Map<String, BlockDevice> candidates = new LinkedHashMap<>();
    for (AttachedDisk disk : disks) {
      disk.table()
          .ifPresent(table ->
              table.problems().forEach(problem -> problems.add(disk.name() + ": " + problem)));
      disk.volumes().forEach(volume -> candidates.put(volume.name(), volume.device()));
    }
    LogicalVolumes logical = LogicalVolumes.on(candidates);
    problems.addAll(logical.problems());
    Set<String> origins = new HashSet<>();
    Map<String, String> refused = new HashMap<>();
    for (LogicalVolume volume : logical.volumes()) {
      Volume found = logical(volume);
      volumes.add(found);
      if (volume.hasSnapshot()) {
        origins.add(found.name());
        refused.put(found.name(), "what has an LVM snapshot");
      } else if (volume.isShared()) {
        refused.put(found.name(), "an LVM group that several systems use");
      } else if (volume.isReadOnly()) {
        refused.put(found.name(), "an LVM volume that is read-only");
      }
    }
    problems.addAll(StaleVolumes.problems(volumes));
    return new Disk(disks, volumes, origins, refused, problems);
  }

  /** Returns whether a snapshot depends on the content of a volume. */
  boolean hasSnapshot(Volume volume) {
    return origins.contains(volume.name());
  }

  private static Volume logical(LogicalVolume volume) throws IOException {
    Content content = Content.unknown();
    String problem = volume.problem();
    if (problem.isEmpty()) {
      try {
        content = Contents.of(volume.device());
      } catch (DiskFormatException e) {
        problem = String.valueOf(e.getMessage());
      }
    }
    return new Volume(
        "/dev/" + volume.group() + "/" + volume.name(),
        Volume.Kind.LOGICAL,
        volume.group(),
        Optional.empty(),
        content,
        problem,
        volume.device());
  }

  /**
   * Returns what is wrong with partition tables and descriptions of volumes, each in one sentence;
   * and, each after its name, the volumes whose files may be in an older state than their last,
   * such as an XFS volume that was not unmounted. What is listed can be read all the same.
   */
  public List<String> problems() {
    return problems;
  }

  /** Returns the partition table of the first disk, if it has one. */
  public Optional<PartitionTable> table() {
    return disks.getFirst().table();
  }

  /**
   * Returns the partition table of a disk, if there is such a disk and it has one.
   *
   * @param name of the disk, {@code /dev/sdb} for example
   */
  public Optional<PartitionTable> table(String name) {
    return disks.stream()
        .filter(disk -> disk.name().equals(name))
        .findFirst()
        .flatMap(AttachedDisk::table);
  }

  /** Returns the partitions of the first disk, in the order of their numbers. */
  public List<Partition> partitions() {
    return table().map(PartitionTable::partitions).orElse(List.of());
  }

  /**
   * Returns the volumes, with or without a file system: of each disk its partitions, or the disk
   * itself if it has none, or is a disc with a file system as a whole; and the logical volumes on
   * those.
   */
  public List<Volume> volumes() {
    return volumes;
  }

  /**
   * Returns a volume by its name, or by another one that a guest has for it: {@code
   * /dev/mapper/vg-root} for {@code /dev/vg/root}, {@code /dev/vda1} for {@code /dev/sda1}, {@code
   * UUID=} or {@code LABEL=} and what these are.
   *
   * @throws DiskFormatException if there is none of that name, or several have such another one
   */
  public Volume volume(String name) throws DiskFormatException {
    for (Volume volume : volumes) {
      if (volume.name().equals(name)) {
        return volume;
      }
    }
    List<Volume> found = new FstabNames(volumes).all(name);
    if (found.size() == 1) {
      return found.getFirst();
    }
    String image = disks.getFirst().device().toString();
    throw new DiskFormatException(
        found.isEmpty()
            ? image + ": has no volume " + name + ", only " + names(volumes)
            : image + ": has several volumes " + name + ": " + names(found));
  }

  private static String names(List<Volume> volumes) {
    return volumes.stream().limit(MOST_NAMED).map(Volume::name).collect(Collectors.joining(", "));
  }

  /**
   * Returns the operating systems that are installed, by their tables of file systems.
   *
   * @throws IOException if a volume cannot be read
   */
  public List<GuestSystem> systems() throws IOException {
    return new GuestSystems(volumes).find();
  }

  /**
   * Identifies an operating system by a few of its files.
   *
   * @param system one of {@link #systems}
   * @throws DiskFormatException if there are no such volumes
   * @throws IOException if a file cannot be read
   */
  public SystemFacts inspect(GuestSystem system) throws IOException {
    try (FileSystem files = mount(system.mounts())) {
      return new SystemInspection(files.getPath("/")).facts();
    }
  }

  /**
   * Opens the files of a volume, to be read.
   *
   * @param name of the volume
   * @return a file system; closing it leaves the disk open
   * @throws DiskFormatException if there is no such volume, or no file system on it that is known,
   *     or one that makes no sense
   * @throws IOException if it cannot be read
   */
  public FileSystem mount(String name) throws IOException {
    return mount(Map.of("/", name));
  }

  /**
   * Opens the files of several volumes as one tree, to be read.
   *
   * @param volumes by where they are in that tree: {@code /} and others, as {@code /boot}
   * @return a file system; closing it leaves the disk open
   * @throws IllegalArgumentException if nothing is at {@code /}, or a place is not absolute
   * @throws DiskFormatException if there is no such volume, or no file system on it that is known,
   *     or one that makes no sense
   * @throws IOException if one cannot be read
   */
  public FileSystem mount(Map<String, String> volumes) throws IOException {
    Map<String, FileTree> trees = new LinkedHashMap<>();
    BlockDevice root = null;
    for (Map.Entry<String, String> mount : volumes.entrySet()) {
      String place = MountedTree.place(mount.getKey());
      Volume volume = volume(mount.getValue());
      BlockDevice device = volume.device();
      trees.put(place, tree(volume));
      root = place.isEmpty() ? device : root;
    }
    if (root == null) {
      throw new IllegalArgumentException("no volume is mounted at /");
    }
    // A device of its own, as it is closed together with the file system.
    return DiskFileSystems.of(JoinedDevice.slice(root, 0, root.size()), MountedTree.of(trees));
  }

  private static FileTree tree(Volume volume) throws IOException {
    if (FileTrees.probe(volume.device()).isEmpty()) {
      throw new UnrecognizedFormatException(
          volume.name() + ": holds no file system that is known, but " + volume.content().type());
    }
    return FileTrees.open(volume.device(), Map.of());
  }

  /**
   * Begins to change files of a volume.
   *
   * @param name of the volume, whose image is open to be written
   * @return nothing of which is written before {@link Edit#commit}
   * @throws DiskFormatException if there is no such volume, or no file system on it that is known,
   *     or one that makes no sense, or has something in use that is only read
   * @throws UnsupportedOperationException if its image is open to be read
   * @throws IllegalStateException if it is being changed already
   * @throws IOException if it cannot be read
   */
  public Edit edit(String name) throws IOException {
    return edit(Map.of("/", name));
  }

  /**
   * Begins to change files of several volumes, which make one tree. All of them are refused, or all
   * are written, one after the other in the order of their places: before the first is, each has
   * been found to be ready. What can fail then is writing itself, as on a disk that is full or
   * broken, and a crash: each volume alone is then one that its own checking program repairs, and
   * {@link PartialCommitException} says which have their changes. Of several, those that cannot be
   * changed are read, such as one of XFS, or one that was not unmounted; a change of their files
   * throws a {@link DiskFormatException} that says why.
   *
   * @param mounts by where they are in that tree: {@code /} and others, as {@code /boot}
   * @return nothing of which is written before {@link Edit#commit}
   * @throws IllegalArgumentException if nothing is at {@code /}, a place is not absolute, or two
   *     places have the same volume
   * @throws DiskFormatException if there is no such volume, or no file system on it that is known,
   *     or one that makes no sense, or if none of them can be changed
   * @throws UnsupportedOperationException if an image is open to be read
   * @throws IllegalStateException if one of them is being changed already
   * @throws IOException if one cannot be read
   */
  public Edit edit(Map<String, String> mounts) throws IOException {
    Map<String, Volume> places = new TreeMap<>();
    for (Map.Entry<String, String> mount : mounts.entrySet()) {
      Volume volume = volume(mount.getValue());
      String place = MountedTree.place(mount.getKey());
      if (places.containsValue(volume) || places.put(place, volume) != null) {
        throw new IllegalArgumentException("mounted twice: " + volume.name());
      }
    }
    Volume root = places.get("");
    if (root == null) {
      throw new IllegalArgumentException("no volume is mounted at /");
    }
    List<Volume> entered = new ArrayList<>();
    boolean done = false;
    try {
      Map<String, FileTreeEdit> edits = new LinkedHashMap<>();
      Map<String, String> names = new LinkedHashMap<>();
      for (Map.Entry<String, Volume> place : places.entrySet()) {
        edits.put(place.getKey(), begin(place.getValue(), places.size() > 1, entered));
        names.put(place.getKey(), place.getValue().name());
      }
      requireOneToChange(edits.values());
      BlockDevice device = JoinedDevice.slice(root.device(), 0, root.device().size());
      Edit edit =
          new Edit(
              DiskFileSystems.of(device, MountedEdit.of(edits, names)),
              () -> entered.forEach(gate::leave));
      done = true;
      return edit;
    } finally {
      if (!done) {
        entered.forEach(gate::leave);
      }
    }
  }

  /**
   * Begins to change a volume.
   *
   * @param mayRead whether one that cannot be changed is read, since there are others
   * @param entered where it is noted as being changed
   */
  private FileTreeEdit begin(Volume volume, boolean mayRead, List<Volume> entered)
      throws IOException {
    try {
      gate.enter(volume);
      entered.add(volume);
      return FileTrees.edit(volume.device(), Map.of());
    } catch (DiskFormatException e) {
      if (!mayRead) {
        throw e;
      }
      return new ReadOnlyEdit(FileTrees.open(volume.device(), Map.of()), volume.name(), e);
    }
  }

  private static void requireOneToChange(Collection<FileTreeEdit> edits)
      throws DiskFormatException {
    DiskFormatException first = null;
    for (FileTreeEdit edit : edits) {
      if (!(edit instanceof ReadOnlyEdit read)) {
        return;
      }
      first = first == null ? read.why() : first;
    }
    if (first != null) {
      throw first;
    }
  }
}
