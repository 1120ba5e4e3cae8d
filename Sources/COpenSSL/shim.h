// OpenSSL, with functions for what are macros in it, which Swift cannot import.
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

static inline long copenssl_set_oldest_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline long copenssl_set_newest_version(SSL *ssl, int version) {
  return SSL_set_max_proto_version(ssl, version);
}

// Perl closes its connections without a farewell, and munin's replies show their end themselves. A master comes
// every five minutes and never resumes: tickets would only be bytes.
static inline void copenssl_set_options(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

// The context takes a reference of its own.
static inline long copenssl_add_chain(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}

static inline long copenssl_pending(BIO *bio) { return BIO_pending(bio); }

static inline int copenssl_library(unsigned long code) { return ERR_GET_LIB(code); }

static inline int copenssl_reason(unsigned long code) { return ERR_GET_REASON(code); }

// What a verification was about: the SSL that asked for it.
static inline SSL *copenssl_asker(X509_STORE_CTX *store) {
  return X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}
