package io.diskformat.inside.content;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds out what volumes hold, by the rules of libblkid. */
public final class Contents {
  /**
   * The marks of members of something larger, and of encryption: the first that is found decides.
   */
  private static final List<Mark> MEMBERS =
      List.of(
          new RaidMark(),
          new LvmMark(),
          new LuksMark(),
          new VmfsMark(0x100000, 0x0DD001C0, "VMFS_volume_member"),
          new BitLockerMark());

  /** The marks of file systems, all of which are looked for. */
  private static final List<Mark> FILE_SYSTEMS =
      List.of(
          new FatMark(),
          new SwapMark(),
          new XfsMark(),
          new ExtMark(),
          new UdfMark(),
          new IsoMark(),
          new ZfsMark(),
          new HfsMark(),
          new NtfsMark(),
          new RefsMark(),
          new SquashMark(),
          new BtrfsMark(),
          new VmfsMark(0x200000, 0x5EF1AB2F, "VMFS"),
          new ExfatMark(),
          new F2fsMark(),
          new ApfsMark());

  /** What a disk may have of its own that has partitions, too. */
  private static final List<Mark> DISCS = List.of(new UdfMark(), new IsoMark());

  private Contents() {}

  /**
   * Returns what a disk holds as a whole that has a partition table: a disc that boots from other
   * disks, too, whose partitions are parts of its content; or nothing that is known.
   *
   * @throws IOException if it cannot be read
   */
  public static Content ofDisc(BlockDevice disk) throws IOException {
    DeviceBytes bytes = new DeviceBytes(disk);
    for (Mark mark : DISCS) {
      Optional<Content> found = mark.find(bytes);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return Content.unknown();
  }

  /**
   * Returns the content of a volume.
   *
   * @throws IOException if it cannot be read
   */
  public static Content of(BlockDevice volume) throws IOException {
    DeviceBytes bytes = new DeviceBytes(volume);
    for (Mark mark : MEMBERS) {
      Optional<Content> found = mark.find(bytes);
      if (found.isPresent()) {
        return found.get();
      }
    }
    List<Content> all = new ArrayList<>();
    boolean tolerant = true;
    for (Mark mark : FILE_SYSTEMS) {
      Optional<Content> found = mark.find(bytes);
      if (found.isPresent()) {
        all.add(found.get());
        tolerant &= mark.isTolerant();
      }
    }
    if (all.isEmpty()) {
      return Content.unknown();
    }
    return all.size() == 1 || tolerant
        ? all.getFirst()
        : Content.ambiguous(all.stream().map(Content::type).toList());
  }
}
