/**
 * An embeddable image service: its Java API, where it keeps images, and the API that OpenStack
 * clients speak.
 */
module io.diskformat.imageservice {
  requires transitive io.diskformat.core;
  requires com.google.gson;
  requires java.net.http;
  requires jdk.httpserver;
  // What is inside of an image, as its properties and on the page.
  requires static io.diskformat.inside;
  requires static org.eclipse.jetty.http;
  requires static org.eclipse.jetty.io;
  requires static org.eclipse.jetty.server;
  requires static org.eclipse.jetty.util;
  requires static transitive java.sql;
  requires static org.jspecify;
  // The SDK of AWS, for the package s3 alone.
  requires static software.amazon.awssdk.core;
  requires static software.amazon.awssdk.http;
  requires static software.amazon.awssdk.http.urlconnection;
  requires static software.amazon.awssdk.regions;
  requires static software.amazon.awssdk.services.s3;

  exports io.diskformat.imageservice;
  exports io.diskformat.imageservice.download;
  exports io.diskformat.imageservice.file;
  exports io.diskformat.imageservice.guest;
  exports io.diskformat.imageservice.http;
  exports io.diskformat.imageservice.identity;
  exports io.diskformat.imageservice.jdbc;
  exports io.diskformat.imageservice.jetty;
  exports io.diskformat.imageservice.page;
  exports io.diskformat.imageservice.s3;
}
