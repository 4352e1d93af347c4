/**
 * An embeddable image service: its Java API, where it keeps images, and the API that OpenStack
 * clients speak.
 */
module io.diskformat.imageservice {
  requires transitive io.diskformat.core;
  requires com.google.gson;
  requires java.net.http;
  requires jdk.httpserver;
  requires static org.eclipse.jetty.http;
  requires static org.eclipse.jetty.io;
  requires static org.eclipse.jetty.server;
  requires static org.eclipse.jetty.util;
  requires static org.jspecify;

  exports io.diskformat.imageservice;
  exports io.diskformat.imageservice.download;
  exports io.diskformat.imageservice.file;
  exports io.diskformat.imageservice.http;
  exports io.diskformat.imageservice.identity;
  exports io.diskformat.imageservice.jetty;
}
