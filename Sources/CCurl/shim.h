#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

/* The type checks wrap the functions in macros, which would hide them from Swift. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import: one function per
   type of argument. */
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_recipients(CURL *handle, struct curl_slist *list) {
  return curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, list);
}
static inline CURLcode ccurl_set_read(CURL *handle, curl_read_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_READDATA, context);
  return curl_easy_setopt(handle, CURLOPT_READFUNCTION, callback);
}
static inline CURLcode ccurl_set_write(CURL *handle, curl_write_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
}
static inline CURLcode ccurl_set_header(CURL *handle, curl_write_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
  return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
}
static inline CURLcode ccurl_set_debug(CURL *handle, curl_debug_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, context);
  return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, callback);
}
static inline CURLcode ccurl_set_progress(CURL *handle, curl_xferinfo_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
}
static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode ccurl_set_opened(CURL *handle, curl_sockopt_callback callback, void *context) {
  curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, context);
  return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, callback);
}

/* CURL_GLOBAL_DEFAULT is a macro of macros. */
static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

#endif
