package io.diskformat.inside;

import java.util.Map;

/**
 * An operating system that is installed on the disks of a guest.
 *
 * @param name as it calls itself; empty if it does not
 * @param root the name of the volume that its root is on
 * @param mounts the volumes of its files by where they are, as {@link Disk#mount(Map)} takes them;
 *     those that are not there, or hold no file system that is read, are left out
 */
public record GuestSystem(String name, String root, Map<String, String> mounts) {
  /** Copies the map. */
  public GuestSystem {
    mounts = Map.copyOf(mounts);
  }
}
