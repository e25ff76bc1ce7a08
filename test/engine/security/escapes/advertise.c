/* Says on eth0, as a router would, once a second: I am the way to everywhere (RFC 4861, router advertisement). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet {
  struct ip6_hdr ip;
  struct nd_router_advert advert;
} __attribute__((packed));

static uint16_t checksum(const struct packet *packet) {
  uint32_t sum = htons(sizeof packet->advert) + htons(IPPROTO_ICMPV6);
  const uint8_t *bytes = (const uint8_t *)&packet->ip.ip6_src;
  for (size_t i = 0; i < 32 + sizeof packet->advert; i += 2) {
    uint16_t word;
    memcpy(&word, bytes + i, sizeof word);
    sum += word;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

int main(void) {
  struct packet packet = { .ip = { .ip6_flow = htonl(6u << 28), .ip6_plen = htons(sizeof packet.advert) } };
  struct sockaddr_ll everybody = { .sll_family = AF_PACKET, .sll_protocol = htons(0x86dd), .sll_halen = 6 };
  static const uint8_t all_nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };
  packet.ip.ip6_nxt = IPPROTO_ICMPV6;
  packet.ip.ip6_hlim = 255;
  inet_pton(AF_INET6, "fe80::dead", &packet.ip.ip6_src);
  inet_pton(AF_INET6, "ff02::1", &packet.ip.ip6_dst);
  packet.advert.nd_ra_type = ND_ROUTER_ADVERT;
  packet.advert.nd_ra_curhoplimit = 64;
  packet.advert.nd_ra_router_lifetime = htons(1800);
  packet.advert.nd_ra_cksum = checksum(&packet);
  everybody.sll_ifindex = (int)if_nametoindex("eth0");
  memcpy(everybody.sll_addr, all_nodes, sizeof all_nodes);
  int fd = socket(AF_PACKET, SOCK_DGRAM, htons(0x86dd));
  if (fd < 0) return perror("socket"), 1;
  for (;;) {
    if (sendto(fd, &packet, sizeof packet, 0, (struct sockaddr *)&everybody, sizeof everybody) < 0) return perror("sendto"), 1;
    if (write(1, "said\n", 5) < 0) return 1;
    usleep(200000);
  }
}
