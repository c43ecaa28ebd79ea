/* Preloaded into Orthanc 1.10, which binds every address and has no setting for it: whatever a server binds
   becomes the loopback address. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t)) dlsym(RTLD_NEXT, "bind");
    if (address->sa_family == AF_INET) {
        struct sockaddr_in local = *(const struct sockaddr_in *) address;
        local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return next(descriptor, (const struct sockaddr *) &local, sizeof local);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 local = *(const struct sockaddr_in6 *) address;
        local.sin6_addr = in6addr_loopback;
        return next(descriptor, (const struct sockaddr *) &local, sizeof local);
    }
    return next(descriptor, address, length);
}
