package io.diskformat.inside;

import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.content.Content;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which volumes may be changed: none that somebody else counts on. Thread-safe. */
final class EditGate {
  private final List<Volume> volumes;
  private final Set<String> edited = ConcurrentHashMap.newKeySet();

  EditGate(List<Volume> volumes) {
    this.volumes = volumes;
  }

  /**
   * Lets nobody else change a volume.
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
          name + ": cannot be written; its image is open to be read, or it is striped");
    }
    String type = volume.content().type();
    if (type.equals(Content.AMBIGUOUS)) {
      throw new UnsupportedFeatureException(
          name, "changing what may be " + String.join(" or ", volume.content().candidates()));
    }
    if (type.contains("_member") || type.startsWith("crypto_")) {
      throw new UnsupportedFeatureException(name, "changing files of what is a part of " + type);
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
