"""Invented names of a Brazilian course seller's account."""

from __future__ import annotations

FIRST_NAMES = (
    "Ana", "Bruno", "Camila", "Diego", "Eduarda", "Felipe", "Gabriela", "Henrique", "Isabela",
    "João", "Karina", "Lucas", "Mariana", "Natália", "Otávio", "Patrícia", "Rafael", "Sônia",
    "Thiago", "Úrsula", "Vinícius", "Yasmin",
)  # fmt: skip

LAST_NAMES = (
    "Amostra", "Exemplo", "Modelo", "Fictício", "Ensaio", "Teste da Silva", "Provisório",
    "Imaginária", "Inventado", "de Souza Exemplo", "D'Ávila Modelo", "Conceição Amostra",
)  # fmt: skip

CITIES = ("São Paulo", "Recife", "Porto Alegre", "Belém", "Goiânia", "Uberlândia", "Maringá")

STATES = ("SP", "PE", "RS", "PA", "GO", "MG", "PR")

LISTS = ("Alunos", "Leads", "Newsletter", "Clientes VIP", "Carrinho abandonado", "Avisos por SMS")

TAGS = (
    "comprou_curso_ingles", "comprou_mentoria", "carrinho_abandonado", "boleto_emitido",
    "pix_gerado", "reembolsado", "cliente_vip", "aluno_ativo", "aluno_inativo", "webinar_maio",
    "Lead Frio", "Lead Quente",
)  # fmt: skip

PRODUCTS = ("Curso de Inglês", "Mentoria de Vendas", "Planilha Financeira", "Clube do Livro")

AUTOMATIONS = (
    "Boas-vindas", "Recuperar carrinho", "Aniversário", "Pós-venda", "Reativar inativos",
    "Aviso de boleto",
)  # fmt: skip

WORDS = ("Promoção", "Aula ao vivo", "Novidades", "Última chance", "Convite", "Pesquisa")
