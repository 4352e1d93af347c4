package io.diskformat.imageservice.http;

import io.diskformat.imageservice.GuestEditor;
import io.diskformat.imageservice.download.WebDownloads;
import io.diskformat.imageservice.identity.LocalIdentity;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link ImageApi} does besides what every one does. Immutable: each setting returns
 * another object.
 */
public final class ApiOptions {
  private final @Nullable LocalIdentity keystone;
  private final @Nullable WebDownloads downloads;
  private final Consumer<RequestRecord> log;
  private final MetadataDefinitions metadata;
  private final @Nullable Pages pages;
  private final @Nullable HostRules hosts;
  private final @Nullable GuestEditor editor;

  private ApiOptions(
      @Nullable LocalIdentity keystone,
      @Nullable WebDownloads downloads,
      Consumer<RequestRecord> log,
      MetadataDefinitions metadata,
      @Nullable Pages pages,
      @Nullable HostRules hosts,
      @Nullable GuestEditor editor) {
    this.keystone = keystone;
    this.downloads = downloads;
    this.log = log;
    this.metadata = metadata;
    this.pages = pages;
    this.hosts = hosts;
    this.editor = editor;
  }

  /** Returns options by which it does no more. */
  public static ApiOptions usual() {
    return new ApiOptions(
        null, null, request -> {}, MetadataDefinitions.inMemory(), null, null, null);
  }

  /**
   * Answers clients that want a Keystone, at {@code /identity/v3}, with this identity's tokens. The
   * API must be given the identity too.
   */
  public ApiOptions keystone(LocalIdentity identity) {
    return new ApiOptions(identity, downloads, log, metadata, pages, hosts, editor);
  }

  /** Lets clients have images fetched from addresses on the web. */
  public ApiOptions downloads(WebDownloads rules) {
    return new ApiOptions(keystone, rules, log, metadata, pages, hosts, editor);
  }

  /**
   * Sets who gets the record of each request once it is answered.
   *
   * @param consumer is called by the thread of the request, and must not throw anything
   */
  public ApiOptions log(Consumer<RequestRecord> consumer) {
    return new ApiOptions(keystone, downloads, consumer, metadata, pages, hosts, editor);
  }

  /** Has definitions of metadata that are kept somewhere; else they end with the process. */
  public ApiOptions metadata(MetadataDefinitions definitions) {
    return new ApiOptions(keystone, downloads, log, definitions, pages, hosts, editor);
  }

  /** Shows pages to browsers. */
  public ApiOptions pages(Pages shown) {
    return new ApiOptions(keystone, downloads, log, metadata, shown, hosts, editor);
  }

  /**
   * Answers only who asks for {@code localhost}, an address of this machine for itself, or one of
   * some names, and no page of elsewhere: for a service whose callers need not say who they are,
   * and which a browser on the same machine reaches.
   */
  public ApiOptions onlyFor(Set<String> names) {
    return new ApiOptions(keystone, downloads, log, metadata, pages, new HostRules(names), editor);
  }

  /** Lets clients have new images made of others, in which some files have changed. */
  public ApiOptions edits(GuestEditor guests) {
    return new ApiOptions(keystone, downloads, log, metadata, pages, hosts, guests);
  }

  @Nullable GuestEditor editor() {
    return editor;
  }

  @Nullable HostRules hosts() {
    return hosts;
  }

  @Nullable Pages pages() {
    return pages;
  }

  MetadataDefinitions metadata() {
    return metadata;
  }

  @Nullable LocalIdentity keystone() {
    return keystone;
  }

  @Nullable WebDownloads downloads() {
    return downloads;
  }

  Consumer<RequestRecord> log() {
    return log;
  }
}
