package io.diskformat.inside;

import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.content.Content;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Decides which volumes may be changed: none on which something else depends. Thread-safe. */
final class EditGate {
  private final List<Volume> volumes;
  private final Map<String, String> refused;
  private final Set<String> edited = ConcurrentHashMap.newKeySet();

  /**
   * Creates a gate.
   *
   * @param refused the names of volumes that LVM lets nobody change, and what they are
   */
  EditGate(List<Volume> volumes, Map<String, String> refused) {
    this.volumes = volumes;
    this.refused = Map.copyOf(refused);
  }

  /**
   * Reserves a volume for one edit.
   *
   * @throws IllegalStateException if it is being changed already
   */
  void enter(Volume volume) throws DiskFormatException {
    String name = volume.name();
    if (!volume.problem().isEmpty()) {
      throw new DiskFormatException(name + ": " + volume.problem());
    }
    if (!volume.device().isWritable()) {
      throw new UnsupportedOperationException(
          name + ": cannot be written; an image that it is on is open to be read");
    }
    String type = volume.content().type();
    if (type.equals(Content.AMBIGUOUS)) {
      throw new UnsupportedFeatureException(
          name, "changing what may be " + String.join(" or ", volume.content().candidates()));
    }
    if (type.contains("_member") || type.startsWith("crypto_")) {
      throw new UnsupportedFeatureException(name, "changing files of what is a part of " + type);
    }
    String why = refused.get(name);
    if (why != null) {
      throw new UnsupportedFeatureException(name, "changing files of " + why);
    }
    for (Volume other : volumes) {
      if (other.content().type().equals("swsuspend")) {
        throw new UnsupportedFeatureException(
            name, "changing files of a guest that sleeps, as " + other.name() + " says");
      }
    }
    if (!edited.add(name)) {
      throw new IllegalStateException(name + ": is being changed by another edit");
    }
  }

  void leave(Volume volume) {
    edited.remove(volume.name());
  }
}
