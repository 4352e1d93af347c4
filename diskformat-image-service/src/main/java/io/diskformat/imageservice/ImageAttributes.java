package io.diskformat.imageservice;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What its owner says of an image. Immutable; {@link #toBuilder} begins a changed copy.
 *
 * @param name for people, or null
 * @param owner the id of the project that it belongs to
 * @param visibility who sees it
 * @param isProtected whether it cannot be deleted
 * @param isHidden whether lists leave it out
 * @param containerFormat what is around the disk image ({@code bare}), or null as long as that is not known
 * @param diskFormat the format of the disk image ({@code qcow2}), or null as long as that is not known
 * @param minDisk the least disk that it needs, in GiB
 * @param minRam the least memory that it needs, in MiB
 * @param tags words
 * @param properties whatever else, by name
 */
public record ImageAttributes(
    @Nullable String name,
    String owner,
    Visibility visibility,
    boolean isProtected,
    boolean isHidden,
    @Nullable String containerFormat,
    @Nullable String diskFormat,
    int minDisk,
    int minRam,
    SortedSet<String> tags,
    SortedMap<String, String> properties) {

  /** Makes copies of the collections. */
  public ImageAttributes {
    tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
  }

  /** Returns a builder of attributes that nothing was said of. */
  public static Builder of(String owner) {
    return new Builder(
        new ImageAttributes(
            null,
            owner,
            Visibility.SHARED,
            false,
            false,
            null,
            null,
            0,
            0,
            new TreeSet<>(),
            new TreeMap<>()));
  }

  /** Returns a builder that begins with these attributes. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Sets attributes one by one. Not thread-safe. */
  public static final class Builder {
    private @Nullable String name;
    private String owner;
    private Visibility visibility;
    private boolean isProtected;
    private boolean isHidden;
    private @Nullable String containerFormat;
    private @Nullable String diskFormat;
    private int minDisk;
    private int minRam;
    private final SortedSet<String> tags;
    private final SortedMap<String, String> properties;

    private Builder(ImageAttributes from) {
      name = from.name;
      owner = from.owner;
      visibility = from.visibility;
      isProtected = from.isProtected;
      isHidden = from.isHidden;
      containerFormat = from.containerFormat;
      diskFormat = from.diskFormat;
      minDisk = from.minDisk;
      minRam = from.minRam;
      tags = new TreeSet<>(from.tags);
      properties = new TreeMap<>(from.properties);
    }

    /** Sets the name, or null. */
    public Builder name(@Nullable String value) {
      name = value;
      return this;
    }

    /** Sets the project that the image belongs to. */
    public Builder owner(String project) {
      owner = project;
      return this;
    }

    /** Sets who sees the image. */
    public Builder visibility(Visibility value) {
      visibility = value;
      return this;
    }

    /** Sets whether the image cannot be deleted. */
    public Builder isProtected(boolean value) {
      isProtected = value;
      return this;
    }

    /** Sets whether lists leave the image out. */
    public Builder isHidden(boolean value) {
      isHidden = value;
      return this;
    }

    /** Sets what is around the disk image, or null. */
    public Builder containerFormat(@Nullable String value) {
      containerFormat = value;
      return this;
    }

    /** Sets the format of the disk image, or null. */
    public Builder diskFormat(@Nullable String value) {
      diskFormat = value;
      return this;
    }

    /** Sets the least disk that the image needs, in GiB. */
    public Builder minDisk(int gibibytes) {
      minDisk = gibibytes;
      return this;
    }

    /** Sets the least memory that the image needs, in MiB. */
    public Builder minRam(int mebibytes) {
      minRam = mebibytes;
      return this;
    }

    /** Returns the tags, to be changed. */
    public SortedSet<String> tags() {
      return tags;
    }

    /** Returns the other properties, to be changed. */
    public SortedMap<String, String> properties() {
      return properties;
    }

    /** Returns the attributes. */
    public ImageAttributes build() {
      return new ImageAttributes(
          name,
          owner,
          visibility,
          isProtected,
          isHidden,
          containerFormat,
          diskFormat,
          minDisk,
          minRam,
          tags,
          properties);
    }
  }
}
